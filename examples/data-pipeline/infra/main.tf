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

# raw/ is where files arrive; curated/, loads/ and quarantine/ are the pipeline's.
module "bucket" {
  source = "../../terraform/modules/s3"

  name          = "${local.name}-data-${data.aws_caller_identity.current.account_id}"
  kms_key_arn   = module.kms.key_arn
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_notification" "this" {
  bucket      = module.bucket.bucket
  eventbridge = true
}

resource "aws_dynamodb_table" "files" {
  name         = "${local.name}-files"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "key"
  range_key    = "etag"

  attribute {
    name = "key"
    type = "S"
  }

  attribute {
    name = "etag"
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

resource "aws_dynamodb_table" "figures" {
  name         = "${local.name}-figures"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "sensor"
  range_key    = "day"

  attribute {
    name = "sensor"
    type = "S"
  }

  attribute {
    name = "day"
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

module "transform" {
  source = "../../terraform/modules/lambda"

  name               = "${local.name}-transform"
  description        = "Turns measurements into daily figures, from S3 to S3"
  source_dir         = "${path.module}/src/transform"
  timeout            = 240
  memory_size        = 512
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days

  permissions = [
    {
      sid       = "ReadMeasurements"
      actions   = ["s3:GetObject"]
      resources = ["${module.bucket.bucket_arn}/raw/*"]
    },
    {
      sid       = "WriteFigures"
      actions   = ["s3:PutObject"]
      resources = ["${module.bucket.bucket_arn}/curated/*"]
    },
  ]
}

module "pipeline" {
  source = "../../terraform/modules/step-function"

  name               = "${local.name}-pipeline"
  distributed        = true
  kms_key_arn        = module.kms.key_arn
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn
  function_arns      = [module.transform.function_arn]

  definition = templatefile("${path.module}/step-fn-file/sfn.asl.json", {
    figures_table = aws_dynamodb_table.figures.name
    files_table   = aws_dynamodb_table.files.name
    topic_arn     = aws_sns_topic.figures.arn
    transform_arn = module.transform.alias_arn
  })

  events = {
    bus_name = "default"
    pattern = jsonencode({
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail = {
        bucket = { name = [module.bucket.bucket] }
        object = { key = [{ prefix = "raw/" }] }
      }
    })
  }

  permissions = [
    {
      sid       = "KeepFilesAndFigures"
      actions   = ["dynamodb:PutItem"]
      resources = [aws_dynamodb_table.files.arn, aws_dynamodb_table.figures.arn]
    },
    {
      sid       = "MarkFiles"
      actions   = ["dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.files.arn]
    },
    {
      sid       = "ReadFiguresAndFiles"
      actions   = ["s3:GetObject", "s3:GetObjectTagging"]
      resources = ["${module.bucket.bucket_arn}/curated/*", "${module.bucket.bucket_arn}/raw/*"]
    },
    {
      sid       = "Quarantine"
      actions   = ["s3:PutObject", "s3:PutObjectTagging"]
      resources = ["${module.bucket.bucket_arn}/quarantine/*"]
    },
    {
      sid       = "WriteResults"
      actions   = ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"]
      resources = ["${module.bucket.bucket_arn}/loads/*"]
    },
    {
      sid       = "Notify"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.figures.arn]
    },
  ]
}

# Who waits for figures subscribes to the first topic; whoever is on call, to the second.
resource "aws_sns_topic" "figures" {
  name              = "${local.name}-figures"
  kms_master_key_id = module.kms.key_arn
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = module.kms.key_arn
}
