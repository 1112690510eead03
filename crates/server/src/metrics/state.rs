//! Whether the server is as it should be: what has to be written can be, the disk has room, the key and the certificate are
//! the right ones.

use ledger::directory::DirectoryError;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::app::App;

pub(super) fn register(app: &App, is_ready: bool, registry: &mut Registry) -> Result<(), DirectoryError> {
    let mut flag = |name: &str, help: &str, value: bool| {
        let gauge: Gauge = Gauge::default();
        gauge.set(value.into());
        registry.register(name, help, gauge);
    };
    flag("ready", "1 if calls can be served and everything can be written, as /readyz says", is_ready);
    flag(
        "other_key_file",
        "1 if master.key does not open what was sealed last",
        app.auth.has_other_key_file()?,
    );
    flag(
        "certificate_refused",
        "1 if a new TLS certificate is there and cannot be used",
        app.certificates.as_ref().is_some_and(|certificates| certificates.trouble().is_some()),
    );
    // What cannot be read is not told.
    if let Ok(disk) = rustix::fs::statvfs(&app.data.0) {
        for (name, help, blocks) in [
            ("data_disk_free", "Room on the disk of the data folder", disk.f_bavail),
            ("data_disk_size", "Size of the disk of the data folder", disk.f_blocks),
        ] {
            let gauge: Gauge = Gauge::default();
            gauge.set(blocks.saturating_mul(disk.f_frsize).cast_signed());
            registry.register_with_unit(name, help, Unit::Bytes, gauge);
        }
    }
    Ok(())
}
