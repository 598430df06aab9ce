resource "kubernetes_manifest" "store" {
  manifest = {
    apiVersion = "external-secrets.io/v1"
    kind       = "ExternalSecret"
    metadata   = { name = "app", namespace = "app" }
    spec       = yamldecode("data: [{secretKey: a, remoteRef: {key: b}}]")
  }
}
resource "aws_secretsmanager_secret" "app" {
  count = 2
  name  = "app/${count.index}"
}
dynamic "x" {
  for_each = toset(["a"])
  content { y = x.value }
}
password = "Harbour-Tulip-7"
