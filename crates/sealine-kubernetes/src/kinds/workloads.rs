//! Workloads and what belongs to the core of Kubernetes.
//!
//! Pods and everything that holds a pod template, service accounts, and volumes that name the
//! credentials of their driver.
//!
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web}
//! spec:
//!   template:
//!     spec:
//!       imagePullSecrets: [{name: registry}]
//!       initContainers:
//!         - name: migrate
//!           envFrom: [{prefix: DB_, secretRef: {name: db, optional: true}}]
//!       containers:
//!         - name: web
//!           env:
//!             - name: PASSWORD
//!               valueFrom: {secretKeyRef: {name: db, key: password}}
//!       volumes:
//!         - name: one
//!           secret: {secretName: tls, items: [{key: tls.crt, path: crt}]}
//!         - name: two
//!           projected: {sources: [{secret: {name: more}}]}
//!         - name: three
//!           csi: {driver: x, nodePublishSecretRef: {name: driver}}
//! ---
//! apiVersion: batch/v1
//! kind: CronJob
//! metadata: {name: nightly}
//! spec:
//!   jobTemplate:
//!     spec:
//!       template:
//!         spec:
//!           containers: [{name: run, envFrom: [{secretRef: {name: job}}]}]
//! ---
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: robot}
//! imagePullSecrets: [{name: registry}]
//! secrets: [{name: robot-token}]
//! ---
//! apiVersion: v1
//! kind: PersistentVolume
//! metadata: {name: disk}
//! spec:
//!   csi: {driver: x, nodeStageSecretRef: {name: stage, namespace: storage}}
//! ```
//!
//! ```text
//! Deployment web/migrate reads db in ns at 10 (envFrom DB_, optional)
//! Deployment web/web reads db[password] in ns at 15 (env PASSWORD)
//! Deployment web reads tls[tls.crt] in ns at 18 (volume)
//! Deployment web reads more in ns at 20 (volume)
//! Deployment web reads driver in ns at 22 (volume)
//! Deployment web reads registry in ns at 7 (imagepull)
//! CronJob nightly/run reads job in ns at 32 (envFrom)
//! ServiceAccount robot reads registry in ns at 37 (imagepull)
//! ServiceAccount robot reads robot-token in ns at 38 (field, optional)
//! PersistentVolume disk reads stage in storage at 44 (field)
//! ```

use super::Kind;
use super::field::{makes, pods, pulls, reads};

pub(super) static KIND: Kind = Kind::new(
    &["", "apps", "batch", "extensions", "apps.openshift.io"],
    &[
        pods("Pod", "spec"),
        pods("Deployment StatefulSet DaemonSet ReplicaSet Job", "spec.template.spec"),
        pods("ReplicationController DeploymentConfig", "spec.template.spec"),
        pods("CronJob", "spec.jobTemplate.spec.template.spec"),
        pods("PodTemplate", "template.spec"),
        pulls("ServiceAccount", "imagePullSecrets[]{name}"),
        // The tokens that are listed here are made by the cluster or by hand.
        reads("ServiceAccount", "secrets[]{name}").optional(),
        reads("PersistentVolume", "spec.csi.*SecretRef{name}"),
        reads("PersistentVolume", "spec.azureFile{secretName,,secretNamespace}"),
        reads("PersistentVolume", "spec.cephfs.secretRef{name}"),
        reads("PersistentVolume", "spec.rbd.secretRef{name}"),
        reads("PersistentVolume", "spec.iscsi.secretRef{name}"),
        reads("PersistentVolume", "spec.scaleIO.secretRef{name}"),
        reads("PersistentVolume", "spec.storageos.secretRef{name}"),
        reads("PersistentVolume", "spec.flexVolume.secretRef{name}"),
        makes(
            "Service",
            "metadata.annotations.\"service.beta.openshift.io/serving-cert-secret-name\"",
            &["tls.crt", "tls.key"],
        ),
    ],
)
.complete();
