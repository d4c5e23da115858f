// The older style: CommonJS, and an answer through the callback.
exports.named = (event, context, callback) => {
  console.log(`CALLBACK ${event.requestContext.eventType}`)
  setImmediate(() => (event.body === 'fail' ? callback('failed') : callback(null, { statusCode: 200 })))
}
