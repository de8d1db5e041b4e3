variable "name" {
  description = "Name of the state machine and its role."
  type        = string
}

variable "type" {
  description = "STANDARD or EXPRESS."
  type        = string

  validation {
    condition     = contains(["STANDARD", "EXPRESS"], var.type)
    error_message = "The type must be STANDARD or EXPRESS."
  }
}

variable "definition" {
  description = "The workflow in the Amazon States Language."
  type        = string
}

variable "function_arns" {
  description = "Unqualified ARNs of the functions the workflow may call."
  type        = list(string)
}

variable "kms_key_arn" {
  description = "Key that encrypts definition, history and logs."
  type        = string
}

variable "alarm_topic_arn" {
  description = "SNS topic that hears of failed executions."
  type        = string
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs."
  type        = number
}

variable "schedule" {
  description = "EventBridge schedule that starts the workflow; null for none."
  type        = string
  default     = null
}
