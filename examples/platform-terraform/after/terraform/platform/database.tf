# Set by hand in Secrets Manager. An ephemeral resource is read anew in each run and reaches neither
# plan nor state.
ephemeral "aws_secretsmanager_secret_version" "database" {
  secret_id = "platform/database"
}

resource "aws_db_subnet_group" "platform" {
  name       = "platform"
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_db_instance" "platform" {
  identifier             = "platform"
  engine                 = "postgres"
  engine_version         = "17"
  instance_class         = "db.t4g.small"
  allocated_storage      = 20
  storage_encrypted      = true
  db_subnet_group_name   = aws_db_subnet_group.platform.name
  vpc_security_group_ids = [aws_security_group.egress.id]
  username               = "platform"
  password_wo            = ephemeral.aws_secretsmanager_secret_version.database.secret_string
  password_wo_version    = 1
  skip_final_snapshot    = true
}
