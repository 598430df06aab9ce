//! Keys of AWS KMS.
//!
//! Invariant: the region of a key names a host of AWS and nothing else, so that a file cannot send a
//! signed request elsewhere.

use base64::Engine as _;
use sealine_credentials::aws::{self, Signed};
use sealine_http::reqwest::Method;
use sealine_http::{Redactor, escaped};
use sealine_model::SecretValue;
use sealine_sops::{DataKey, Master, WrappedKey};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::encoding::{STANDARD, data_key, text, wrapped};
use super::{Kind, Services, Unwrapping, Wrapping, other_kind};
use crate::fault::KeyFault;

pub(super) const KIND: Kind = Kind {
    name: "kms",
    unwrap: |key, services| Box::pin(unwrap(key, services)) as Unwrapping<'_>,
    wrap: |master, key, services| Box::pin(wrap(master, key, services)) as Wrapping<'_>,
};

async fn unwrap(key: &WrappedKey, services: &Services) -> Result<DataKey, KeyFault> {
    let blob = STANDARD.encode(wrapped(&key.enc, &STANDARD)?);
    let answer =
        call(&key.master, "Decrypt", ("CiphertextBlob", &blob), &Redactor::new(), services).await?;
    data_key(&text(answer.expose(), "/Plaintext")?, &STANDARD)
}

async fn wrap(
    master: &Master,
    key: &DataKey,
    services: &Services,
) -> Result<(Master, String), KeyFault> {
    let plaintext = Zeroizing::new(STANDARD.encode(key.expose()));
    let secrets = Redactor::new().with(key.expose()).with(plaintext.as_bytes());
    let answer = call(master, "Encrypt", ("Plaintext", &plaintext), &secrets, services).await?;
    let blob = text(answer.expose(), "/CiphertextBlob")?;
    Ok((master.clone(), STANDARD.encode(wrapped(&blob, &STANDARD)?)))
}

async fn call(
    master: &Master,
    operation: &str,
    (name, value): (&str, &str),
    secrets: &Redactor,
    services: &Services,
) -> Result<SecretValue, KeyFault> {
    let Master::AwsKms { arn, role, context, profile } = master else { return Err(other_kind()) };
    let (partition, region) = place(arn)?;
    let context: Value = context.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let body = json!({ "KeyId": arn.trim(), name: value, "EncryptionContext": context });
    let region = aws::Region { name: region, partition };
    let role = role.clone().map(|arn| aws::Role { arn, ..aws::Role::default() });
    let profile = Some(profile.as_str()).filter(|profile| !profile.is_empty());
    let login = aws::Login { profile, roles: role.as_slice(), ..aws::Login::default() };
    let signer = aws::signer("kms", region, login, services).await?;
    let url = aws::endpoint("kms", region, services)?;
    let client = services.client()?;
    let target = format!("TrentService.{operation}");
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &target)];
    let signed = Signed { url, headers: &headers, body: body.to_string() };
    let headers = signed.sign(&signer).await?;
    let request = client.request(Method::POST, signed.url).headers(headers).body(signed.body);
    let answer = client.fetch(request, 1 << 20, services.retry(), secrets).await?;
    Ok(SecretValue::new(answer.body))
}

/// Returns the partition and the region of a key or an alias.
fn place(arn: &str) -> Result<(&str, &str), KeyFault> {
    let plain = |text: &str| {
        let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !text.is_empty() && text.bytes().all(fine)
    };
    let parts: Vec<&str> = arn.trim().splitn(6, ':').collect();
    match parts[..] {
        ["arn", partition, "kms", region, _, name]
            if partition.starts_with("aws")
                && plain(partition)
                && plain(region)
                && (name.starts_with("key/") || name.starts_with("alias/")) =>
        {
            Ok((partition, region))
        }
        _ => Err(KeyFault::Invalid(format!(
            "`{}` is not the ARN of a key or alias of KMS",
            escaped(arn, 100)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_never_more_than_a_region() {
        let arn = "arn:aws-cn:kms:cn-north-1:111122223333:key/a-b";
        assert_eq!(place(arn), Ok(("aws-cn", "cn-north-1")));
        assert!(place("arn:aws:kms:eu-west-1:111122223333:alias/a/b:c").is_ok());
        for arn in [
            "",
            "arn:aws:kms::1:key/a",
            "arn:aws:s3:eu-west-1:1:key/a",
            "arn:aws:kms:eu-west-1:1:x/a",
            "arn:aws:kms:evil.example.com/:1:key/a",
            "arn:aws:kms:a@b:1:key/a",
            "alias/a",
        ] {
            assert!(place(arn).is_err(), "{arn}");
        }
    }
}
