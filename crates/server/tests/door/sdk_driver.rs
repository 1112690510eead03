//! The stock Huawei SDKs, driven by the tests.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::documented::{Answer, check};
use crate::server::Server;
use crate::wanted::wanted;

/// A process in which the SDKs run.
pub struct Sdk {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    keys: [String; 2],
}

impl Sdk {
    /// Starts it for an account; `None` where no Python is set up.
    pub fn start(server: &Server, account: &Value) -> Option<Sdk> {
        let python = wanted("INKMETER_TEST_PYTHON")?;
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/door/sdk_driver.py"))
            .env("HOME", server.data.path())
            .env("HUAWEICLOUD_SDK_REGION_BSS_CN_NORTH_1", &server.url)
            .env("HUAWEICLOUD_SDK_REGION_BSSINTL_AP_SOUTHEAST_1", &server.url)
            .env("HUAWEICLOUD_SDK_REGION_IAM_CN_NORTH_4", &server.url)
            // There may be several, by commas.
            .env("HUAWEICLOUD_SDK_REGION_OCR_CN_NORTH_4", format!("{0},{0}", server.url))
            .env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &server.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = process.stdin.take().unwrap();
        let from = BufReader::new(process.stdout.take().unwrap());
        let key = |field: &str| account[field].as_str().unwrap().to_owned();
        Some(Sdk { process, to, from, keys: [key("access_key"), key("secret_key")] })
    }

    /// What the SDK's model of the response holds, or its exception as `status`, `code` and `message`. Whatever the server
    /// answered on the way there must be as documented.
    pub fn call(&mut self, sdk: &str, method: &str, parameters: Value) -> Value {
        self.exchange(sdk, method, parameters, json!({})).0
    }

    /// The same of a client that is made in another way, with everything that went over the wire for it.
    pub fn exchange(
        &mut self,
        sdk: &str,
        method: &str,
        parameters: Value,
        client: Value,
    ) -> (Value, Vec<Value>) {
        let asked = json!({"sdk": sdk, "method": method, "keys": self.keys, "parameters": parameters,
            "client": client});
        writeln!(self.to, "{asked}").unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        let mut answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("the SDK died of {asked}"));
        let exchanges = answer.as_object_mut().unwrap().remove("exchanges").unwrap();
        let Value::Array(exchanges) = exchanges else { panic!("{exchanges}") };
        for exchange in &exchanges {
            let text = |field: &str| exchange[field].as_str().unwrap_or_default();
            let status = exchange["status"].as_u64().and_then(|status| u16::try_from(status).ok());
            let answer = Answer { status: status.unwrap(), kind: text("kind"), text: text("text") };
            check(text("method"), text("path"), answer);
        }
        (answer, exchanges)
    }

    /// The same where it must succeed.
    pub fn ok(&mut self, sdk: &str, method: &str, parameters: Value) -> Value {
        let answer = self.call(sdk, method, parameters);
        assert!((200..300).contains(&answer["status"].as_u64().unwrap()), "{method}: {answer:#}");
        answer
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
