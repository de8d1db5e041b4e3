locals {
  # The zip's name carries the hash of its sources: new code is a new file name, which is all that Terraform has to see.
  files   = sort(tolist(fileset(var.source_dir, "**")))
  version = substr(sha256(join("", [for file in local.files : "${file}:${filesha256("${var.source_dir}/${file}")}"])), 0, 16)
  package = "${path.root}/.build/${var.name}-${local.version}.zip"
}

# Packed with Python's standard library, so that no other provider is needed.
resource "terraform_data" "package" {
  triggers_replace = [local.version]

  provisioner "local-exec" {
    command = "python3 -c \"import shutil; shutil.make_archive('${trimsuffix(local.package, ".zip")}', 'zip', '${var.source_dir}')\""
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "What ${var.name} may do"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "tracing" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  dynamic "statement" {
    for_each = var.permissions

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_iam_policy" "this" {
  name        = var.name
  description = "What ${var.name} may do"
  policy      = data.aws_iam_policy_document.this.json
}

resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.this.arn
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn
  runtime       = var.runtime
  handler       = var.handler
  filename      = local.package
  timeout       = var.timeout
  memory_size   = var.memory_size
  publish       = true

  # The key encrypts the environment. Lambda forgets a key without one, and an empty block comes back as none: both would
  # be a change in every plan.
  kms_key_arn = length(var.environment) == 0 ? null : var.kms_key_arn

  dynamic "environment" {
    for_each = length(var.environment) == 0 ? [] : [var.environment]

    content {
      variables = environment.value
    }
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [
    terraform_data.package,
    aws_iam_role_policy_attachment.this,
    aws_iam_role_policy_attachment.tracing,
  ]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "What the workflow calls"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}
