// AWS's list prices in us-east-1, in dollars, without free tiers and discounts for volume. Each is from the public page beside
// it, as of 2025; look there before you rely on one.
export const PRICES = {
  /** Per million messages of 32 KB, in either direction. "Amazon API Gateway pricing", WebSocket APIs. */
  gatewayMessages: 1.0,
  /** Per million minutes of a connection. The same page. */
  connectionMinutes: 0.25,
  /** Per million invocations. "AWS Lambda Pricing". */
  invocations: 0.2,
  /** Per GB-second on arm64. The same page. */
  gigabyteSeconds: 0.0000133334,
  /** Per million read request units, on demand. "Pricing for On-Demand Capacity", DynamoDB. */
  readUnits: 0.125,
  /** Per million write request units, on demand. The same page. */
  writeUnits: 0.625,
  /** Per million requests to a standard queue. "Amazon SQS pricing". */
  queueRequests: 0.4,
  /** Per GB to the internet. "Amazon EC2 On-Demand Pricing", data transfer. */
  transferGigabytes: 0.09,
}
