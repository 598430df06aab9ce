resource "helm_release" "ingress_nginx" {
  name             = "ingress-nginx"
  namespace        = "ingress"
  create_namespace = true
  repository       = "https://kubernetes.github.io/ingress-nginx"
  chart            = "ingress-nginx"
  version          = "4.13.2"

  values = [yamlencode({
    controller = {
      replicaCount = 2
    }
  })]
}

resource "kubernetes_config_map" "platform_settings" {
  metadata {
    name      = "platform-settings"
    namespace = "platform"
  }

  data = {
    cluster = aws_eks_cluster.platform.name
    region  = "eu-central-1"
  }
}
