export { fakeGateway } from './testing/gateway.js'
