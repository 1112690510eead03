//! `inkmeter serve`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::{DataDir, OpenError};
use crate::clock::ClockMode;
use crate::config::Config;
use crate::serve::{ServeOptions, start};

/// What a process ends with when its journal stopped: whoever supervises it should start it again.
const JOURNAL_STOPPED: u8 = 70;

pub(super) fn serve(
    data: &Path,
    listen: Option<String>,
    clock: ClockMode,
    config: Option<PathBuf>,
) -> Result<ExitCode, OpenError> {
    std::fs::create_dir_all(data)?;
    let folder = DataDir(data.to_owned());
    let config_path = config.unwrap_or_else(|| folder.config());
    let config = Config::load_or_create(&config_path)?;
    let listen = listen.unwrap_or_else(|| config.server.listen.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let running = start(ServeOptions { data, listen: &listen, clock, config, eye: None }).await?;
        println!("{}", welcome(&format!("http://{}", running.address), &folder, &config_path));
        let mut terminate = signal(SignalKind::terminate())?;
        let code = tokio::select! {
            _ = tokio::signal::ctrl_c() => ExitCode::SUCCESS,
            _ = terminate.recv() => ExitCode::SUCCESS,
            reason = running.journal_stopped() => {
                eprintln!("inkmeter: the journal stopped ({reason}); start again to replay it");
                ExitCode::from(JOURNAL_STOPPED)
            }
        };
        eprintln!("stopping: finishing the calls under way");
        running.stop().await;
        Ok(code)
    })
}

fn welcome(url: &str, data: &DataDir, config: &Path) -> String {
    let folder = data.0.display();
    format!(
        "Inkmeter serves at {url}

  console         {url}/console/   (the operator's: {url}/console/operator)
  data            {folder}
  configuration   {}
  operator token  {}

The first call, from another terminal:

  inkmeter --data {folder} account create alice --tier V0      # prints keys and project ids, once
  inkmeter --data {folder} subscribe alice --api general-text --region cn-north-4

  export HUAWEICLOUD_SDK_REGION_OCR_CN_NORTH_4={url}
  export HUAWEICLOUD_SDK_IAM_ENDPOINT={url}                    # then use any Huawei OCR SDK unchanged

  inkmeter --data {folder} charges alice                       # what it cost
(inkmeter is target/release/inkmeter here; Ctrl-C stops the server)",
        config.display(),
        data.operator_token().display(),
    )
}
