variable "name" {
  description = "Name of the bucket."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects."
  type        = string
}

variable "force_destroy" {
  description = "Whether destroying the bucket also deletes its objects."
  type        = bool
  default     = false
}
