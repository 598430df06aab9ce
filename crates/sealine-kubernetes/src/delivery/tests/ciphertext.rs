//! Values that SOPS encrypted: what they say is known to nobody here.

use expect_test::expect;

use super::check;

#[test]
fn a_value_that_sops_encrypted_is_no_name() {
    check(
        "
//- mill/Chart.yaml
apiVersion: v2
name: mill
version: 1.0.0
//- mill/values.yaml
room: ENC[AES256_GCM,data:Z42a,iv:eA==,tag:eQ==,type:str]
grain:
    secret: ENC[AES256_GCM,data:b3Vy,iv:eg==,tag:dw==,type:str]
sops:
    lastmodified: \"2026-01-01T00:00:00Z\"
    mac: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]
    version: 3.9.0
//- mill/templates/pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: miller, namespace: {{ .Values.room }}}
spec:
  containers:
    - name: main
      envFrom:
        - secretRef: {name: flour}
        - secretRef: {name: 'sack-{{ .Values.grain.secret }}'}
//- bakery.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: bakery, namespace: argocd}
spec:
  source:
    repoURL: https://charts.example.com
    chart: bakery
    targetRevision: 1.0.0
    helm:
      valuesObject:
        oven: {existingSecret: 'ENC[AES256_GCM,data:b3Zlbg==,iv:eA==,tag:eA==,type:str]'}
        till: {existingSecret: till}
  destination: {namespace: bakery}
",
        &expect![[r#"
            # argo application argocd/bakery
            argo/argocd/bakery to bakery of *, opaque: the chart `bakery` is not in a loaded repository
            Application bakery reads till in bakery at 12 (chartvalue, assumed)
            # chart mill
            Pod miller/main reads flour in * at 8 (envFrom)
            Pod miller/main reads sack-* in * at 9 (envFrom)
        "#]],
    );
}
