//! The cold start of a function on Lambda: logs, configuration, connections, and only then events.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_http::lambda_runtime;

use crate::config::Variables;
use crate::context::{Need, Outside, SystemClock, SystemEntropy};
use crate::discord::Timeouts;
use crate::domain::error_chain;
use crate::{Context, aws, logs};

/// Makes the context of a function and has `run` serve with it until the instance ends. Wrong configuration stops the function before
/// its first event, named in the log.
pub(crate) fn start(
    name: &'static str,
    needs: &[Need],
    run: impl AsyncFnOnce(Context) -> Result<(), lambda_runtime::Error>,
) -> ExitCode {
    let variables = Variables::of_process();
    logs::to_standard_output(&variables);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return stop(name, &error),
    };
    let serving = async { run(cold_start(name, needs, variables).await?).await };
    match runtime.block_on(serving) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => stop(name, error.as_ref()),
    }
}

fn stop(name: &str, error: &(dyn std::error::Error + 'static)) -> ExitCode {
    tracing::error!(endpoint = name, "cannot start: {}", error_chain(error));
    ExitCode::FAILURE
}

async fn cold_start(
    name: &'static str,
    needs: &[Need],
    variables: Variables,
) -> Result<Context, lambda_runtime::Error> {
    let outside = Outside {
        variables,
        aws: aws::of_process().await,
        discord_timeouts: Timeouts::default(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()),
    };
    let cx = Context::new(name, needs, &outside)?;
    cx.warm_up().await?;
    Ok(cx)
}
