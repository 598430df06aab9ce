//! Metal3: machines that are provisioned from a cluster.
//!
//! A `BareMetalHost` reads the credentials of its management controller, and what the machine is
//! given when it first starts.
//!
//! ```yaml
//! apiVersion: metal3.io/v1alpha1
//! kind: BareMetalHost
//! metadata: {name: worker}
//! spec:
//!   bmc: {address: 'ipmi://10.0.0.1', credentialsName: worker-bmc}
//!   userData: {name: worker-user-data}
//!   networkData: {name: worker-network, namespace: machines}
//! ```
//!
//! ```text
//! BareMetalHost worker reads worker-bmc in ns at 5 (field)
//! BareMetalHost worker reads worker-user-data in ns at 6 (field)
//! BareMetalHost worker reads worker-network in machines at 7 (field)
//! ```

use super::Kind;
use super::field::reads;

pub(super) static KIND: Kind = Kind::new(
    &["metal3.io"],
    &[
        reads("BareMetalHost", "spec.bmc.credentialsName"),
        reads("BareMetalHost", "spec.userData{name}"),
        reads("BareMetalHost", "spec.networkData{name}"),
        reads("BareMetalHost", "spec.metaData{name}"),
        reads("BareMetalHost", "spec.preprovisioningNetworkDataName"),
    ],
);
