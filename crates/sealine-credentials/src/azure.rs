//! Who asks Azure, by `azure_identity`: a client secret, workload identity, a managed identity, or
//! whoever is logged in with `az`.
//!
//! That library is given what the binary read of the environment. It reads the process's own for one
//! thing: where App Service offers identities. `az` is run here, as all of Sealine's children are.
//!
//! Invariant: requests go through the same proxies and certificates as everything else.

use std::path::PathBuf;
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

use crate::{CredentialFault, Services, programs, text};

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(45);

/// How long the machine's own identity service may take to answer at all.
const PROBE: Duration = Duration::from_secs(1);

type Found = azure_core::Result<Arc<dyn TokenCredential>>;

/// Where one logs in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cloud {
    /// Azure.
    Public,
    /// Azure in China.
    China,
    /// Azure for the government of the USA.
    Government,
}

/// As whom, where the environment or a configuration says so.
#[derive(Debug, Default)]
pub struct Login {
    /// The tenant.
    pub tenant: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// The client's secret.
    pub secret: Option<SecretValue>,
    /// A client's certificate, which is not supported.
    pub certificate: Option<PathBuf>,
    /// A file with the token of another authority.
    pub token_file: Option<PathBuf>,
}

impl Login {
    /// Returns what the variables say that Azure's own libraries read.
    pub fn of(services: &Services) -> Self {
        let get = |name: &str| services.variable(name);
        Self {
            tenant: get("AZURE_TENANT_ID").map(str::to_owned),
            client: get("AZURE_CLIENT_ID").map(str::to_owned),
            secret: get("AZURE_CLIENT_SECRET").map(SecretValue::new),
            certificate: get("AZURE_CLIENT_CERTIFICATE_PATH").map(PathBuf::from),
            token_file: get("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from),
        }
    }
}

/// Returns a token.
///
/// # Errors
///
/// When nobody is logged in, or the authority refuses.
pub async fn token(
    scope: &str,
    cloud: Cloud,
    login: &Login,
    services: &Services,
) -> Result<SecretValue, CredentialFault> {
    let Some((kind, credential)) = credential(cloud, login, services).await? else {
        return from_program(scope, services).await;
    };
    let failed =
        |reason: &str| CredentialFault::Missing(format!("{kind} gave no token for Azure{reason}"));
    let credential = credential.map_err(|error| failed(&reason(&error, login, services)))?;
    let asked = tokio::time::timeout(LIMIT, credential.get_token(&[scope], None)).await;
    let token = asked
        .map_err(|_| failed(": it took too long"))?
        .map_err(|error| failed(&reason(&error, login, services)))?;
    Ok(SecretValue::new(token.token.secret()))
}

/// Asks `az`, where a person is logged in.
async fn from_program(scope: &str, services: &Services) -> Result<SecretValue, CredentialFault> {
    let words = ["az", "account", "get-access-token", "--output", "json", "--scope", scope];
    let failed = |reason: &str| {
        let others = "neither a client secret, nor workload identity, nor a managed identity";
        CredentialFault::Missing(format!("nothing logs in to Azure: {others}, and `az`: {reason}"))
    };
    let output = programs::output(&words, &[], services).await;
    let output = output.map_err(|reason| failed(&reason))?;
    let token =
        text(output.expose(), "/accessToken").ok_or_else(|| failed("it printed no token"))?;
    Ok(SecretValue::new(token.as_bytes()))
}

/// Chooses as Azure's own libraries do: what the environment says, then the machine; nothing where
/// only a person is left.
async fn credential(
    cloud: Cloud,
    login: &Login,
    services: &Services,
) -> Result<Option<(&'static str, Found)>, CredentialFault> {
    let options = || options(cloud, services);
    if let (Some(tenant), Some(id)) = (&login.tenant, &login.client) {
        if let Some(secret) = &login.secret {
            let options = ClientSecretCredentialOptions { client_options: options()? };
            let secret = String::from_utf8(secret.expose().to_vec()).map(Secret::from);
            let wrong = |_| CredentialFault::Invalid("the client secret is no text".to_owned());
            let secret = secret.map_err(wrong)?;
            let found = ClientSecretCredential::new(tenant, id.clone(), secret, Some(options));
            return Ok(Some(("the client secret", found.map(|found| found as _))));
        }
        if login.certificate.is_some() {
            let reason = "the certificate of a client is not supported; use a client secret or \
                          workload identity";
            return Err(CredentialFault::Unsupported(reason.to_owned()));
        }
        if let Some(file) = &login.token_file {
            let found = WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options: options()? },
                client_id: Some(id.clone()),
                tenant_id: Some(tenant.clone()),
                token_file_path: Some(file.clone()),
            }));
            return Ok(Some(("workload identity", found.map(|found| found as _))));
        }
    }
    let is_offered = services.variable("IDENTITY_ENDPOINT").is_some();
    if is_offered || is_machine_of_azure(services.client()?).await {
        let found = ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
            user_assigned_id: login.client.clone().map(UserAssignedId::ClientId),
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

fn options(cloud: Cloud, services: &Services) -> Result<ClientOptions, CredentialFault> {
    let library = services.client()?.library().ok_or_else(|| {
        CredentialFault::Invalid("Azure is not asked through a client for webhooks".to_owned())
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
fn reason(error: &azure_core::Error, login: &Login, services: &Services) -> String {
    let mut secrets = Redactor::new();
    secrets.add(services.variable("IDENTITY_HEADER").unwrap_or_default().as_bytes());
    secrets.add(login.secret.as_ref().map(SecretValue::expose).unwrap_or_default());
    // What comes after it is advice, with a link, and so is the answer of the service.
    let text = error.to_string();
    let text = text.split("To troubleshoot").next().unwrap_or_default();
    format!(": {}", escaped(&secrets.redact(text), 300))
}
