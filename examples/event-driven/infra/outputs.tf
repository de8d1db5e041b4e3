output "state_machine_arn" {
  description = "ARN of the approval workflow."
  value       = module.approval.state_machine_arn
}

output "digest_arn" {
  description = "ARN of the digest workflow."
  value       = module.digest.state_machine_arn
}

output "bus_name" {
  description = "Bus where expenses are submitted."
  value       = aws_cloudwatch_event_bus.this.name
}

output "expenses_table" {
  description = "Table of the expenses."
  value       = aws_dynamodb_table.expenses.name
}

output "decide_name" {
  description = "Function that takes decisions."
  value       = module.decide.function_name
}

output "mailbox_url" {
  description = "Queue that stands for an approver's inbox."
  value       = aws_sqs_queue.mailbox.url
}
