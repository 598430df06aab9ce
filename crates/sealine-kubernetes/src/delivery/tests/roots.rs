//! What roots say of themselves: their order, what they wait for, and what they do with what is no
//! longer in their files.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use sealine_model::delivery::Delivery;

use super::project;
use crate::{Options, read};

/// Returns each root with what it says of itself.
fn said(fixture: &str) -> String {
    let facts = read(&project(fixture), &Options::default()).facts;
    let mut out = String::new();
    for delivery in facts.iter().flat_map(|facts| &facts.deliveries) {
        let Delivery { id, prunes, heals, decrypts, waits, depends_on, .. } = delivery;
        let _ = write!(out, "{id}:");
        for (word, said) in [
            ("prunes", *prunes),
            ("heals", *heals),
            ("decrypts", Some(*decrypts)),
            ("waits", Some(*waits)),
        ] {
            let _ = match said {
                Some(true) => write!(out, " {word}"),
                Some(false) => Ok(()),
                None => write!(out, " {word}?"),
            };
        }
        for (namespace, name) in depends_on {
            let _ = write!(out, " after {namespace}/{name}");
        }
        out.push('\n');
    }
    out
}

fn check(fixture: &str, expected: &Expect) {
    expected.assert_eq(&said(fixture));
}

#[test]
fn roots_of_flux() {
    check(
        "
//- roots.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  prune: true
  wait: true
  dependsOn: [{name: stores}, {name: base, namespace: other}]
  decryption: {provider: sops}
  sourceRef: {kind: GitRepository, name: flux-system}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: crds, namespace: flux-system}
spec: {path: ./crds, prune: false, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: templated, namespace: flux-system}
spec: {path: ./crds, prune: '${PRUNE}', sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  dependsOn: [{name: db}]
  chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: web}}}
  driftDetection: {mode: enabled}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: db, namespace: shop}
spec:
  chart: {spec: {chart: db, sourceRef: {kind: HelmRepository, name: db}}}
  install: {disableWait: true}
  driftDetection: {mode: warn}
",
        &expect![[r#"
            flux/flux-system/apps: prunes heals decrypts waits after flux-system/stores after other/base
            flux/flux-system/crds: heals
            flux/flux-system/templated: prunes? heals
            helmrelease/shop/web: prunes heals waits after shop/db
            helmrelease/shop/db: prunes
        "#]],
    );
}

#[test]
fn applications_prune_only_where_they_sync_by_themselves() {
    let application = |name: &str, policy: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\n\
             metadata: {{name: {name}, namespace: argocd}}\n\
             spec: {{source: {{repoURL: https://example.com/x, path: {name}}}{policy}}}\n---\n"
        )
    };
    let fixture = [
        application("by-hand", ""),
        application("hand-pruned", ", syncPolicy: {syncOptions: [PruneLast=true]}"),
        application("automated", ", syncPolicy: {automated: {}}"),
        application("both", ", syncPolicy: {automated: {prune: true, selfHeal: true}}"),
        application("off", ", syncPolicy: {automated: {enabled: false, prune: true}}"),
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n\
         metadata: {name: set, namespace: argocd}\nspec:\n  generators: [{clusters: {}}]\n  \
         template: {metadata: {name: set}, spec: {source: {repoURL: https://example.com/x, path: \
         x}, syncPolicy: {automated: {prune: '{{metadata.labels.prune}}', selfHeal: true}}}}\n"
            .to_owned(),
    ];
    check(
        &format!("//- applications.yaml\n{}", fixture.concat()),
        &expect![[r#"
        argo/argocd/by-hand:
        argo/argocd/hand-pruned:
        argo/argocd/automated:
        argo/argocd/both: prunes heals
        argo/argocd/off:
        argo/argocd/set: prunes? heals
    "#]],
    );
}

#[test]
fn a_root_that_an_overlay_takes_out_is_delivered_by_nobody() {
    check(
        "
//- root.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: all, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo.git, path: overlay}
  destination: {namespace: argocd}
//- base/kustomization.yaml
resources: [kept.yaml, gone.yaml]
//- base/kept.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: kept, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo.git, path: kept}
  destination: {namespace: kept}
//- base/gone.yaml
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: gone, namespace: argocd}
spec:
  source: {repoURL: https://example.com/org/repo.git, path: gone}
  destination: {namespace: gone}
//- overlay/kustomization.yaml
resources: [../base]
patches:
  - patch: |
      $patch: delete
      apiVersion: argoproj.io/v1alpha1
      kind: Application
      metadata: {name: gone, namespace: argocd}
",
        &expect![[r#"
            argo/argocd/all:
            argo/argocd/kept:
        "#]],
    );
}
