data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  prefix  = "arn:aws:states:${data.aws_region.current.name}:${local.account}"

  functions = length(var.function_arns) == 0 ? [] : [
    {
      sid       = "InvokeFunctions"
      actions   = ["lambda:InvokeFunction"]
      resources = flatten([for arn in var.function_arns : [arn, "${arn}:*"]])
    },
  ]

  # A distributed Map starts its children as executions of the machine's own.
  distributed = !var.distributed ? [] : [
    {
      sid       = "StartChildren"
      actions   = ["states:StartExecution"]
      resources = ["${local.prefix}:stateMachine:${var.name}"]
    },
    {
      sid       = "WatchChildren"
      actions   = ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"]
      resources = ["${local.prefix}:execution:${var.name}/*"]
    },
  ]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    # Nobody else's workflow may borrow the role.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "What the workflow ${var.name} may do"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = concat(local.functions, local.distributed, var.permissions)

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  # Log delivery and tracing have no resource-level permissions.
  statement {
    sid = "DeliverLogsAndTraces"
    actions = [
      "logs:CreateLogDelivery",
      "logs:GetLogDelivery",
      "logs:UpdateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:DescribeResourcePolicies",
      "logs:DescribeLogGroups",
      "xray:PutTraceSegments",
      "xray:PutTelemetryRecords",
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "workflow"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/vendedlogs/states/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_sfn_state_machine" "this" { # lint-ignore: TR506, the provider gives default_tags
  name       = var.name
  type       = var.type
  role_arn   = aws_iam_role.this.arn
  definition = var.definition
  publish    = true

  logging_configuration {
    level                  = var.log_level
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = var.kms_key_arn
    kms_data_key_reuse_period_seconds = 300
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_sfn_alias" "live" {
  name        = "live"
  description = "What callers start"

  routing_configuration {
    state_machine_version_arn = aws_sfn_state_machine.this.state_machine_version_arn
    weight                    = 100
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = {
    failed    = "ExecutionsFailed"
    timed-out = "ExecutionsTimedOut"
    throttled = "ExecutionThrottled"
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value} of ${var.name}"
  namespace           = "AWS/States"
  metric_name         = each.value
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]

  dimensions = {
    StateMachineArn = aws_sfn_state_machine.this.arn
  }
}

# -- what starts it besides callers: a schedule, events
data "aws_iam_policy_document" "start_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "start" {
  statement {
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.this.arn]
  }
}

resource "aws_iam_role" "start" {
  count = var.schedule == null && var.events == null ? 0 : 1

  name               = "${var.name}-start"
  description        = "Starts ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.start_assume.json
}

resource "aws_iam_role_policy" "start" {
  count = length(aws_iam_role.start)

  name   = "start"
  role   = aws_iam_role.start[0].id
  policy = data.aws_iam_policy_document.start.json
}

resource "aws_cloudwatch_event_rule" "schedule" {
  count = var.schedule == null ? 0 : 1

  name                = "${var.name}-schedule"
  description         = "Starts ${var.name}"
  schedule_expression = var.schedule
}

resource "aws_cloudwatch_event_target" "schedule" {
  count = length(aws_cloudwatch_event_rule.schedule)

  rule      = aws_cloudwatch_event_rule.schedule[0].name
  target_id = "workflow"
  arn       = aws_sfn_state_machine.this.arn
  role_arn  = aws_iam_role.start[0].arn
  input     = jsonencode({ source = "schedule" })
}

resource "aws_cloudwatch_event_rule" "events" {
  count = var.events == null ? 0 : 1

  name           = "${var.name}-events"
  description    = "Starts ${var.name}"
  event_bus_name = var.events.bus_name
  event_pattern  = var.events.pattern
}

# The event, as it is, becomes the input.
resource "aws_cloudwatch_event_target" "events" {
  count = length(aws_cloudwatch_event_rule.events)

  rule           = aws_cloudwatch_event_rule.events[0].name
  event_bus_name = var.events.bus_name
  target_id      = "workflow"
  arn            = aws_sfn_state_machine.this.arn
  role_arn       = aws_iam_role.start[0].arn
}
