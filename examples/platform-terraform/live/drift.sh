#!/bin/sh
# Applies a small project, breaks it outside, looks, repairs it, looks again.
#
# Needs `terraform` and `sealine` on the PATH, and the provider `hashicorp/local`. With
# SEALINE_DRIFT_ALERTS set to a file that holds a section `alerts` of sealine.yaml, each sink in it is
# told once of what broke, and once when it is repaired.
set -eu

here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
export CHECKPOINT_DISABLE=1 XDG_CACHE_HOME="$here/cache" XDG_STATE_HOME="$here/history"
mkdir -p "$here/platform/tf"
cd "$here/platform"

cat > tf/main.tf <<'END'
terraform {
  backend "local" {}
}
resource "local_file" "egress" {
  filename = "${path.module}/world/egress"
  content  = "10.0.0.0/16"
}
resource "terraform_data" "reader" {
  input = local_file.egress.id
}
resource "terraform_data" "setting" {
  input = "one"
}
resource "terraform_data" "autoscaled" {
  input = "one"
}
check "healthy" {
  assert {
    condition     = fileexists("${path.module}/healthy")
    error_message = "the page is not healthy"
  }
}
END
cat > sealine.yaml <<'END'
drift:
  projects:
    - path: tf
  ignore:
    - address: terraform_data.autoscaled
      reason: the autoscaler sets it
END
if [ -n "${SEALINE_DRIFT_ALERTS:-}" ]; then
  cat "$SEALINE_DRIFT_ALERTS" >> sealine.yaml
fi

apply() {
  (cd tf && terraform init -input=false && terraform apply -input=false -auto-approve) > /dev/null
}

# Runs `sealine drift run` and holds its exit code.
look() {
  code=0
  sealine drift run -v || code=$?
  if [ "$code" != "$1" ]; then
    echo "expected exit code $1, not $code" >&2
    exit 1
  fi
}

touch tf/healthy
apply
echo "== as agreed"
look 0

rm tf/world/egress tf/healthy
sed -i.bak 's/"one"/"two"/' tf/main.tf
echo "== drifted, unapplied, noise, failed; and one that a rule holds back"
look 2
echo "== the same again: nobody is told"
look 2

touch tf/healthy
apply
echo "== repaired"
look 0
echo "== and nobody is told again"
look 0
