variable "name" {
  description = "Name of the state machine and its role."
  type        = string
}

variable "type" {
  description = "STANDARD or EXPRESS."
  type        = string
  default     = "STANDARD"

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
  default     = []
}

variable "permissions" {
  description = "What the workflow may do besides calling functions, using the key and writing logs."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
  }))
  default = []
}

variable "distributed" {
  description = "Whether the workflow has a distributed Map: then it may start and watch executions of its own."
  type        = bool
  default     = false
}

variable "log_level" {
  description = "ALL, ERROR, FATAL or OFF."
  type        = string
  default     = "ALL"
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

variable "events" {
  description = "EventBridge bus and pattern (JSON) of the events that start the workflow; null for none."
  type = object({
    bus_name = string
    pattern  = string
  })
  default = null
}
