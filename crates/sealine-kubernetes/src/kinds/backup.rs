//! Backups: Velero, `VolSync` and k8up.
//!
//! ```yaml
//! apiVersion: velero.io/v1
//! kind: BackupStorageLocation
//! metadata: {name: default}
//! spec: {credential: {name: s3, key: cloud}}
//! ---
//! apiVersion: volsync.backube/v1alpha1
//! kind: ReplicationSource
//! metadata: {name: app}
//! spec: {restic: {repository: app-restic}, rsyncTLS: {keySecret: psk}}
//! ---
//! apiVersion: volsync.backube/v1alpha1
//! kind: KopiaMaintenance
//! metadata: {name: daily}
//! spec: {repository: {repository: kopia-repo}}
//! ---
//! apiVersion: k8up.io/v1
//! kind: Schedule
//! metadata: {name: nightly}
//! spec: {backend: {repoPasswordSecretRef: {name: repo, key: pw}}}
//! ```
//!
//! ```text
//! BackupStorageLocation default reads s3[cloud] in ns at 4 (field)
//! ReplicationSource app reads app-restic in ns at 9 (field)
//! ReplicationSource app reads psk in ns at 9 (field)
//! KopiaMaintenance daily reads kopia-repo in ns at 14 (field)
//! Schedule nightly reads repo[pw] in ns at 19 (field)
//! ```

use super::Kind;
use super::field::reads;

pub(super) static KIND: Kind = Kind::new(
    &["velero.io", "volsync.backube", "k8up.io"],
    &[
        reads("BackupStorageLocation VolumeSnapshotLocation", "spec.credential{name,key}"),
        reads("ReplicationSource ReplicationDestination", "spec.restic.repository"),
        reads("ReplicationSource ReplicationDestination", "spec.kopia.repository"),
        reads("KopiaMaintenance", "spec.repository.repository"),
        reads("KopiaMaintenance", "spec.repository.customCA.secretName"),
        reads("ReplicationSource ReplicationDestination", "spec.rclone.rcloneConfig"),
        reads("ReplicationSource ReplicationDestination", "spec.*.customCA.secretName"),
        reads("ReplicationSource ReplicationDestination", "spec.rsync.sshKeys"),
        reads("ReplicationSource ReplicationDestination", "spec.rsyncTLS.keySecret"),
        reads("Backup Restore Schedule Check Prune Archive", "spec.**.*SecretRef{name,key}"),
    ],
);
