//! Amazon Web Services.

use super::{ConnectionType, Field, Others, Sample, field, flow, secret};

static EXTRAS: &[Field] = &[
    field("region_name", "the region"),
    field("role_arn", "a role to assume"),
    field(
        "assume_role_method",
        "`assume_role`, `assume_role_with_saml` or `assume_role_with_web_identity`",
    ),
    field("assume_role_kwargs", "object: arguments of the call that assumes the role"),
    secret("aws_session_token", "the token of temporary keys"),
    field("aws_access_key_id", "as `login`"),
    secret("aws_secret_access_key", "as `password`"),
    field("profile_name", "a profile of the shared configuration"),
    field("endpoint_url", "another endpoint for all services"),
    field("verify", "false, or the path of a bundle"),
    field("config_kwargs", "object: arguments of botocore's `Config`"),
    field("session_kwargs", "object: arguments of boto3's `Session`"),
    field("service_config", "object: settings by service"),
];

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "aws",
        title: "Amazon Web Services",
        provider: ("apache-airflow-providers-amazon", "9.39.0"),
        fields: &[
            field("login", "the access key's id"),
            secret("password", "the secret access key"),
        ],
        extras: EXTRAS,
        others: Others::Ignored,
        flows: &[
            flow(
                "keys",
                &[&["login", "aws_access_key_id"], &["password", "aws_secret_access_key"]],
                "an access key; temporary ones want `aws_session_token`, too",
            ),
            flow("profile", &[&["profile_name"]], "a profile of the shared configuration"),
            flow(
                "role of the pod",
                &[],
                "no keys: boto3 looks at the environment, the service account and the instance",
            ),
        ],
        exhaustive: false,
        notes: &[
            "`host` is no endpoint any more: write `endpoint_url`",
            "with `role_arn` the keys, or the pod's role, only assume that role",
        ],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("region_name", Sample::Text("eu-central-1")),
        ],
    },
    ConnectionType {
        name: "athena",
        title: "Amazon Athena",
        provider: ("apache-airflow-providers-amazon", "9.39.0"),
        fields: &[
            field("login", "the access key's id"),
            secret("password", "the secret access key"),
            field("schema", "the database"),
        ],
        extras: &[
            field("region_name", "the region"),
            field("role_arn", "a role to assume"),
            field(
                "assume_role_method",
                "`assume_role`, `assume_role_with_saml` or `assume_role_with_web_identity`",
            ),
            field("assume_role_kwargs", "object: arguments of the call that assumes the role"),
            secret("aws_session_token", "the token of temporary keys"),
            field("aws_access_key_id", "as `login`"),
            secret("aws_secret_access_key", "as `password`"),
            field("profile_name", "a profile of the shared configuration"),
            field("endpoint_url", "another endpoint for all services"),
            field("verify", "false, or the path of a bundle"),
            field("config_kwargs", "object: arguments of botocore's `Config`"),
            field("session_kwargs", "object: arguments of boto3's `Session`"),
            field("service_config", "object: settings by service"),
            field("s3_staging_dir", "where results go"),
            field("work_group", "the workgroup"),
            field("driver", "such as `rest`"),
            field("aws_domain", "such as `amazonaws.com`"),
        ],
        others: Others::PassedOn("to the driver"),
        flows: &[],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("region_name", Sample::Text("eu-central-1")),
            ("s3_staging_dir", Sample::Text("s3://example/athena/")),
        ],
    },
    ConnectionType {
        name: "redshift",
        title: "Amazon Redshift",
        provider: ("apache-airflow-providers-amazon", "9.39.0"),
        fields: &[
            field("host", "the server"),
            field("port", "its port; 5439 without"),
            field("login", "the user"),
            secret("password", "the password"),
            field("schema", "the database"),
        ],
        extras: &[
            field("iam", "true: a token instead of the password"),
            field("cluster_identifier", "the cluster"),
            field("is_serverless", "true for Redshift Serverless"),
            field("serverless_work_group", "its workgroup"),
            field("region", "the region"),
            field("db_user", "the user whose token is asked for"),
            field("profile", "a profile of the shared configuration"),
            field("ssl", "true or false"),
            field("sslmode", "`verify-ca` or `verify-full`"),
            field("timeout", "seconds"),
        ],
        others: Others::PassedOn("to the driver"),
        flows: &[
            flow("password", &[&["login"], &["password"]], "login and password"),
            flow("token", &[&["iam"]], "a token of AWS in place of the password"),
        ],
        exhaustive: false,
        notes: &[],
        sample: &[
            ("login", Sample::Vault),
            ("password", Sample::Vault),
            ("host", Sample::Text("db.example.internal")),
            ("port", Sample::Json("5439")),
            ("schema", Sample::Text("dev")),
        ],
    },
];
