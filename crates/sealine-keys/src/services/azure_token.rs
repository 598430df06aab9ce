//! Who asks Azure, by `azure_identity`: a client secret, workload identity, a managed identity, or
//! whoever is logged in with `az`.
//!
//! That library is given what the binary read of the environment. It reads the process's own for one
//! thing: where App Service offers identities. `az` is run here, as all of Sealine's children are.
//!
//! Invariant: requests go through the same proxies and certificates as everything else.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use sealine_http::reqwest::Method;
use sealine_http::{Client, Redactor, Retry, escaped};
use sealine_model::SecretValue;

use super::Services;
use super::azure_key_vault::Cloud;
use super::encoding::text;
use crate::fault::KeyFault;
use crate::programs;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(45);

/// How long the machine's own identity service may take to answer at all.
const PROBE: Duration = Duration::from_secs(1);

type Found = azure_core::Result<Arc<dyn TokenCredential>>;

/// Returns a token.
pub(super) async fn token(
    scope: &str,
    cloud: Cloud,
    client: &Client,
    services: &Services,
) -> Result<SecretValue, KeyFault> {
    let Some((kind, credential)) = credential(cloud, client, services).await? else {
        return from_program(scope, services).await;
    };
    let failed =
        |reason: &str| KeyFault::Credentials(format!("{kind} gave no token for Azure{reason}"));
    let credential = credential.map_err(|error| failed(&reason(&error, services)))?;
    let asked = tokio::time::timeout(LIMIT, credential.get_token(&[scope], None)).await;
    let token = asked
        .map_err(|_| failed(": it took too long"))?
        .map_err(|error| failed(&reason(&error, services)))?;
    Ok(SecretValue::new(token.token.secret()))
}

/// Asks `az`, where a person is logged in.
async fn from_program(scope: &str, services: &Services) -> Result<SecretValue, KeyFault> {
    let words = ["az", "account", "get-access-token", "--output", "json", "--scope", scope];
    let failed = |reason: &str| {
        let others = "neither a client secret, nor workload identity, nor a managed identity";
        KeyFault::Credentials(format!("nothing logs in to Azure: {others}, and `az`: {reason}"))
    };
    let output = programs::output(&words, &[], services).await;
    let output = output.map_err(|reason| failed(&reason))?;
    let token = text(output.expose(), "/accessToken").map_err(|_| failed("printed no token"))?;
    Ok(SecretValue::new(token.as_bytes()))
}

/// Chooses as Azure's own libraries do: what the environment says, then the machine; nothing where
/// only a person is left.
async fn credential(
    cloud: Cloud,
    client: &Client,
    services: &Services,
) -> Result<Option<(&'static str, Found)>, KeyFault> {
    let get = |name: &str| services.variable(name);
    let options = || options(cloud, client, services);
    let client_id = get("AZURE_CLIENT_ID");
    if let (Some(tenant), Some(id)) = (get("AZURE_TENANT_ID"), client_id) {
        if let Some(secret) = get("AZURE_CLIENT_SECRET") {
            let options = ClientSecretCredentialOptions { client_options: options()? };
            let secret = Secret::from(secret.to_owned());
            let found = ClientSecretCredential::new(tenant, id.to_owned(), secret, Some(options));
            return Ok(Some(("the client secret", found.map(|found| found as _))));
        }
        if get("AZURE_CLIENT_CERTIFICATE_PATH").is_some() {
            let reason = "`AZURE_CLIENT_CERTIFICATE_PATH` is not supported; use a client secret or \
                          workload identity";
            return Err(KeyFault::Unsupported(reason.to_owned()));
        }
        if let Some(file) = get("AZURE_FEDERATED_TOKEN_FILE") {
            let found = WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options: options()? },
                client_id: Some(id.to_owned()),
                tenant_id: Some(tenant.to_owned()),
                token_file_path: Some(file.into()),
            }));
            return Ok(Some(("workload identity", found.map(|found| found as _))));
        }
    }
    if get("IDENTITY_ENDPOINT").is_some() || is_machine_of_azure(client).await {
        let found = ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
            user_assigned_id: client_id.map(|id| UserAssignedId::ClientId(id.to_owned())),
            client_options: options()?,
        }));
        return Ok(Some(("the managed identity", found.map(|found| found as _))));
    }
    Ok(None)
}

/// Returns whether this machine has the service that gives identities to Azure's machines.
async fn is_machine_of_azure(client: &Client) -> bool {
    let url = "http://169.254.169.254/metadata/identity/oauth2/token";
    let request = client.request(Method::GET, url).timeout(PROBE);
    // Without its header it refuses, and so shows that it is there.
    let answer = client.fetch(request, 4096, &Retry::never(), &Redactor::new()).await;
    answer.is_err_and(|fault| fault.status() == Some(400))
}

fn options(cloud: Cloud, client: &Client, services: &Services) -> Result<ClientOptions, KeyFault> {
    let library = client.library().ok_or_else(|| {
        KeyFault::Invalid("Azure is not asked through a client for webhooks".to_owned())
    })?;
    let mut configuration = match cloud {
        Cloud::Public => CloudConfiguration::AzurePublic,
        Cloud::China => CloudConfiguration::AzureChina,
        Cloud::Government => CloudConfiguration::AzureGovernment,
    };
    if let Some(host) = services.variable("AZURE_AUTHORITY_HOST") {
        let mut custom = azure_core::cloud::CustomConfiguration::default();
        host.clone_into(&mut custom.authority_host);
        configuration = CloudConfiguration::Custom(custom);
    }
    Ok(ClientOptions {
        transport: Some(Transport::new(Arc::new(library.clone()))),
        cloud: Some(Arc::new(configuration)),
        ..ClientOptions::default()
    })
}

/// Returns the library's own words, which name what failed, without what may be secret in them.
fn reason(error: &azure_core::Error, services: &Services) -> String {
    let mut secrets = Redactor::new();
    for name in ["AZURE_CLIENT_SECRET", "IDENTITY_HEADER"] {
        secrets.add(services.variable(name).unwrap_or_default().as_bytes());
    }
    // What comes after it is advice, with a link, and so is the answer of the service.
    let text = error.to_string();
    let text = text.split("To troubleshoot").next().unwrap_or_default();
    format!(": {}", escaped(&secrets.redact(text), 300))
}
