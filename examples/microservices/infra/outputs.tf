output "state_machine_arn" {
  description = "ARN of the saga."
  value       = module.orders.state_machine_arn
}

output "pricing_arn" {
  description = "ARN of the nested EXPRESS workflow."
  value       = module.pricing.state_machine_arn
}

output "articles_table" {
  description = "Table of the articles."
  value       = aws_dynamodb_table.this["articles"].name
}

output "orders_table" {
  description = "Table of the orders."
  value       = aws_dynamodb_table.this["orders"].name
}
