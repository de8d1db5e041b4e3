locals {
  name = "${var.project}-${var.environment}"
}

data "aws_caller_identity" "current" {}

module "kms" {
  source = "../modules/kms"

  name        = local.name
  description = "Encrypts the data of ${local.name}"
  region      = var.region
  account_id  = data.aws_caller_identity.current.account_id
}

module "artifacts" {
  source = "../modules/s3"

  name        = "${local.name}-artifacts-${data.aws_caller_identity.current.account_id}"
  kms_key_arn = module.kms.key_arn
}

module "worker" {
  source = "../modules/lambda"

  name               = "${local.name}-worker"
  description        = "Answers 200, or 500 while the order is not ready"
  source_dir         = "${path.module}/src"
  handler            = "handler.lambda_handler"
  runtime            = var.lambda_runtime
  timeout            = 15
  memory_size        = 128
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days

  permissions = [
    {
      sid       = "ReadAndWritePayloads"
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${module.artifacts.bucket_arn}/*"]
    },
  ]

  environment = {
    LOG_LEVEL = var.log_level
    BUCKET    = module.artifacts.bucket
  }
}

module "workflow" {
  source = "../modules/step-function"

  name               = "${local.name}-workflow"
  type               = var.workflow_type
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn
  function_arns      = [module.worker.function_arn]
  schedule           = var.schedule_expression

  definition = templatefile("${path.module}/step-fn-file/sfn.asl.json", {
    worker_arn = module.worker.alias_arn
  })
}

# Only this machine may call the function through its alias, besides whoever IAM lets.
resource "aws_lambda_permission" "workflow" {
  statement_id  = "AllowStepFunctions"
  action        = "lambda:InvokeFunction"
  function_name = module.worker.function_name
  qualifier     = module.worker.alias_name
  principal     = "states.amazonaws.com"
  source_arn    = module.workflow.state_machine_arn
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = module.kms.key_arn
}
