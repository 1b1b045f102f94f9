//! The AWS SDK's set-up, once: HTTP on ring, region, credentials, time limits.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, Region, SharedAsyncSleep, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// What the environment of a Lambda instance says.
pub async fn of_process() -> SdkConfig {
    let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(https)
        .timeout_config(Patience::WITH_AWS.time_limits())
        .retry_config(retries())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .load()
        .await
}

/// An engine on this machine that takes any credentials.
pub fn of_local_engine(endpoint: &str) -> SdkConfig {
    of_local_engine_within(endpoint, Patience::WITH_A_LAPTOP, clock_time())
}

/// The same, with other time limits, and with what waits for them.
pub fn of_local_engine_within(endpoint: &str, patience: Patience, sleep: SharedAsyncSleep) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "a local engine");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(plain_http())
        .endpoint_url(endpoint)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(patience.time_limits())
        .retry_config(retries())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .sleep_impl(sleep)
        .build()
}

/// Waits as long as it says.
pub fn clock_time() -> SharedAsyncSleep {
    SharedAsyncSleep::new(TokioSleep::new())
}

fn plain_http() -> SharedHttpClient {
    Builder::new().build_http()
}

/// How long a call may take before it is given up.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// One connection.
    pub connect: Duration,
    /// One attempt at a call.
    pub attempt: Duration,
    /// All attempts at it together.
    pub operation: Duration,
}

impl Patience {
    /// The SDK's own default is no limit at all. API Gateway gives an integration 30 s; a person gives a page two.
    pub const WITH_AWS: Self = Self {
        connect: Duration::from_millis(300),
        attempt: Duration::from_millis(500),
        operation: Duration::from_millis(1500),
    };
    /// An engine that shares a busy laptop with a compiler is slower than AWS, and no less right.
    pub const WITH_A_LAPTOP: Self =
        Self { connect: Duration::from_secs(3), attempt: Duration::from_secs(5), operation: Duration::from_secs(15) };

    fn time_limits(self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.operation)
            .build()
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50))
}
