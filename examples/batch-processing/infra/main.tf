locals {
  name = "${var.project}-${var.environment}"
}

data "aws_caller_identity" "current" {}

module "kms" {
  source = "../../terraform/modules/kms"

  name        = local.name
  description = "Encrypts the data of ${local.name}"
  region      = var.region
  account_id  = data.aws_caller_identity.current.account_id
}

module "bucket" {
  source = "../../terraform/modules/s3"

  name          = "${local.name}-readings-${data.aws_caller_identity.current.account_id}"
  kms_key_arn   = module.kms.key_arn
  force_destroy = var.force_destroy
}

module "rate" {
  source = "../../terraform/modules/lambda"

  name               = "${local.name}-rate"
  description        = "Rates a batch of meter readings"
  source_dir         = "${path.module}/src/rate"
  timeout            = 30
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
}

module "summarise" {
  source = "../../terraform/modules/lambda"

  name               = "${local.name}-summarise"
  description        = "Writes invoices and the rows that were not rated"
  source_dir         = "${path.module}/src/summarise"
  timeout            = 240
  memory_size        = 512
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days

  permissions = [
    {
      sid       = "ReadResults"
      actions   = ["s3:GetObject"]
      resources = ["${module.bucket.bucket_arn}/results/*"]
    },
    {
      sid       = "WriteInvoices"
      actions   = ["s3:PutObject"]
      resources = ["${module.bucket.bucket_arn}/invoices/*"]
    },
  ]
}

# STANDARD, because only STANDARD workflows have a distributed Map; its many children are EXPRESS.
module "rating" {
  source = "../../terraform/modules/step-function"

  name               = "${local.name}-rating"
  distributed        = true
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn
  function_arns      = [module.rate.function_arn, module.summarise.function_arn]

  definition = templatefile("${path.module}/step-fn-file/sfn.asl.json", {
    rate_arn      = module.rate.alias_arn
    summarise_arn = module.summarise.alias_arn
    topic_arn     = aws_sns_topic.rejected.arn
  })

  permissions = [
    {
      sid       = "ReadReadings"
      actions   = ["s3:GetObject"]
      resources = ["${module.bucket.bucket_arn}/readings/*"]
    },
    {
      sid       = "WriteResults"
      actions   = ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"]
      resources = ["${module.bucket.bucket_arn}/results/*"]
    },
    {
      sid       = "ReportRejectedRows"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.rejected.arn]
    },
  ]
}

# Who cleans up bad rows subscribes here; whoever is on call, to the alarms.
resource "aws_sns_topic" "rejected" {
  name              = "${local.name}-rejected"
  kms_master_key_id = module.kms.key_arn
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = module.kms.key_arn
}
