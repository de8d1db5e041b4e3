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

# What the services own: articles with their stock, orders, payments.
resource "aws_dynamodb_table" "this" {
  for_each = {
    articles = "sku"
    orders   = "orderId"
    payments = "key"
  }

  name         = "${local.name}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = each.value

  attribute {
    name = each.value
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = module.kms.key_arn
  }
}

module "payment" {
  source = "../../terraform/modules/lambda"

  name               = "${local.name}-payment"
  description        = "Charges and refunds, once per idempotency key"
  source_dir         = "${path.module}/src/payment"
  timeout            = 20
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days

  environment = {
    PAYMENTS_TABLE = aws_dynamodb_table.this["payments"].name
  }

  permissions = [
    {
      sid       = "KeepPayments"
      actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.this["payments"].arn]
    },
  ]
}

module "shipping" {
  source = "../../terraform/modules/lambda"

  name               = "${local.name}-shipping"
  description        = "Books parcels, one per idempotency key"
  source_dir         = "${path.module}/src/shipping"
  timeout            = 20
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
}

# Runs for every order, takes milliseconds, changes nothing: EXPRESS costs a fraction of STANDARD here.
module "pricing" {
  source = "../../terraform/modules/step-function"

  name               = "${local.name}-pricing"
  type               = "EXPRESS"
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn

  definition = templatefile("${path.module}/step-fn-file/pricing.asl.json", {
    articles_table = aws_dynamodb_table.this["articles"].name
  })

  permissions = [
    {
      sid       = "ReadArticles"
      actions   = ["dynamodb:GetItem"]
      resources = [aws_dynamodb_table.this["articles"].arn]
    },
  ]
}

# Moves money and must undo what it did, even after a day: STANDARD, where each step is done exactly once.
module "orders" {
  source = "../../terraform/modules/step-function"

  name               = "${local.name}-orders"
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn
  function_arns      = [module.payment.function_arn, module.shipping.function_arn]

  definition = templatefile("${path.module}/step-fn-file/sfn.asl.json", {
    alarm_topic_arn = aws_sns_topic.alarms.arn
    articles_table  = aws_dynamodb_table.this["articles"].name
    bus_name        = aws_cloudwatch_event_bus.this.name
    orders_table    = aws_dynamodb_table.this["orders"].name
    payment_arn     = module.payment.alias_arn
    pricing_arn     = module.pricing.state_machine_arn
    shipping_arn    = module.shipping.alias_arn
  })

  permissions = [
    {
      sid       = "PriceOrders"
      actions   = ["states:StartSyncExecution"]
      resources = [module.pricing.state_machine_arn]
    },
    {
      sid       = "KeepOrders"
      actions   = ["dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.this["orders"].arn]
    },
    {
      sid       = "ReserveStock"
      actions   = ["dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.this["articles"].arn]
    },
    {
      sid       = "Announce"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.this.arn]
    },
    {
      sid       = "CallForHelp"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.alarms.arn]
    },
  ]
}

# Where other services hear of orders.
resource "aws_cloudwatch_event_bus" "this" {
  name = local.name
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = module.kms.key_arn
}
