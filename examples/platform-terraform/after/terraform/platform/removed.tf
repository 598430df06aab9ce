# Both stand in the GitOps tree, which owns them. Terraform forgets them and leaves them running.
removed {
  from = helm_release.ingress_nginx

  lifecycle {
    destroy = false
  }
}

removed {
  from = kubernetes_config_map.platform_settings

  lifecycle {
    destroy = false
  }
}
