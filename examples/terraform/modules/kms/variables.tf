variable "name" {
  description = "Name of the key's alias, without alias/."
  type        = string
}

variable "description" {
  description = "What the key is for."
  type        = string
}

variable "region" {
  description = "Region whose CloudWatch Logs may use the key."
  type        = string
}

variable "account_id" {
  description = "Account that administers the key."
  type        = string
}

variable "services" {
  description = "More services that publish to encrypted topics or queues, such as sns.amazonaws.com."
  type        = list(string)
  default     = []
}
