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
  services    = ["sns.amazonaws.com"] # delivers to the encrypted mailbox
}

# Where expenses are submitted, and decisions announced.
resource "aws_cloudwatch_event_bus" "this" {
  name = local.name
}

resource "aws_dynamodb_table" "expenses" {
  name         = "${local.name}-expenses"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "expenseId"

  attribute {
    name = "expenseId"
    type = "S"
  }

  attribute {
    name = "status"
    type = "S"
  }

  global_secondary_index {
    name               = "byStatus"
    hash_key           = "status"
    range_key          = "expenseId"
    projection_type    = "INCLUDE"
    non_key_attributes = ["employee", "cents"]
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = module.kms.key_arn
  }
}

# May wait for a human for days: STANDARD, billed by transition, not by time.
module "approval" {
  source = "../../terraform/modules/step-function"

  name               = "${local.name}-approval"
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn

  definition = templatefile("${path.module}/step-fn-file/sfn.asl.json", {
    bus_name       = aws_cloudwatch_event_bus.this.name
    expenses_table = aws_dynamodb_table.expenses.name
    topic_arn      = aws_sns_topic.approvals.arn
  })

  events = {
    bus_name = aws_cloudwatch_event_bus.this.name
    pattern = jsonencode({
      source      = ["shop.expenses"]
      detail-type = ["Expense Submitted"]
    })
  }

  permissions = [
    {
      sid       = "KeepExpenses"
      actions   = ["dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.expenses.arn]
    },
    {
      sid       = "AskApprovers"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.approvals.arn]
    },
    {
      sid       = "AnnounceDecisions"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.this.arn]
    },
  ]
}

# Runs on a schedule, for a second, and may run twice without harm: EXPRESS.
module "digest" {
  source = "../../terraform/modules/step-function"

  name               = "${local.name}-digest"
  type               = "EXPRESS"
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn
  schedule           = var.digest_schedule

  definition = templatefile("${path.module}/step-fn-file/digest.asl.json", {
    expenses_table = aws_dynamodb_table.expenses.name
    topic_arn      = aws_sns_topic.approvals.arn
  })

  permissions = [
    {
      sid       = "FindOpenExpenses"
      actions   = ["dynamodb:Query"]
      resources = ["${aws_dynamodb_table.expenses.arn}/index/byStatus"]
    },
    {
      sid       = "TellApprovers"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.approvals.arn]
    },
  ]
}

# What an approver's click calls, through whatever front end you have.
module "decide" {
  source = "../../terraform/modules/lambda"

  name               = "${local.name}-decide"
  description        = "Hands an approver's decision to the workflow that waits for it"
  source_dir         = "${path.module}/src/decide"
  timeout            = 15
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days

  environment = {
    EXPENSES_TABLE = aws_dynamodb_table.expenses.name
  }

  permissions = [
    {
      sid       = "ReadTokens"
      actions   = ["dynamodb:GetItem"]
      resources = [aws_dynamodb_table.expenses.arn]
    },
    {
      sid       = "AnswerWorkflows"
      actions   = ["states:SendTaskSuccess", "states:SendTaskHeartbeat"]
      resources = [module.approval.state_machine_arn]
    },
  ]
}

# Approvers subscribe here: by mail, by chat, or as this mailbox, which stands for an inbox of your own.
resource "aws_sns_topic" "approvals" {
  name              = "${local.name}-approvals"
  kms_master_key_id = module.kms.key_arn
}

resource "aws_sqs_queue" "mailbox" {
  name                      = "${local.name}-mailbox"
  kms_master_key_id         = module.kms.key_arn
  message_retention_seconds = 1209600
}

data "aws_iam_policy_document" "mailbox" {
  statement {
    sid       = "ApprovalsArrive"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.mailbox.arn]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.approvals.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "mailbox" {
  queue_url = aws_sqs_queue.mailbox.url
  policy    = data.aws_iam_policy_document.mailbox.json
}

resource "aws_sns_topic_subscription" "mailbox" {
  topic_arn            = aws_sns_topic.approvals.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.mailbox.arn
  raw_message_delivery = true
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = module.kms.key_arn
}
