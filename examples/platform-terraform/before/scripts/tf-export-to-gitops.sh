#!/usr/bin/env bash
# Copies Terraform outputs into the values that Argo CD reads.
set -euo pipefail
cd "$(dirname "$0")/.."

plain=/tmp/egress-values.json
target=gitops/platform/egress/egress-values.yaml

terraform -chdir=terraform/platform output -json |
  jq '{egress: {loadBalancerIp: .egress_load_balancer_ip.value, vpcCidr: .vpc_cidr.value}}' >"$plain"
sops -e --filename-override "$target" --input-type json --output-type yaml "$plain" >"$target"

git add "$target"
git commit -m "egress: values from Terraform"
git push
