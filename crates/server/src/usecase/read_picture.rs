//! One metered call: authorise, read, commit, answer. A 2xx leaves only after the commit is durable.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use charging::{AccountId, Authorisation, ChargeId, Name, Receipt, Refusal};
use ledger::{CallFor, Durable, Stopped, UnknownAccount};
use ocr::ReadError;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use wire::error::{self, ErrorCode};
use wire::ocr::Picture;

use super::download;
use crate::app::App;
use crate::calls::Metered;
use crate::eye::Reading;
use crate::http::error::{Failure, Told};
use crate::line::Line;
use crate::places::{Full, Place};

/// After how many seconds a call that found no place is worth another try: a picture takes about that long.
const RETRY_AFTER_S: u32 = 1;

/// Who calls from where.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who pays.
    pub account: AccountId,
    /// The member whose call it is, if who pays is its master.
    pub member: Option<AccountId>,
    /// Where the project is.
    pub region: Name,
    /// The enterprise project named in the header, if any.
    pub enterprise_project: Option<Name>,
    /// The call's id, and its charge's.
    pub id: ChargeId,
}

/// What was found in a picture, and what that cost.
#[derive(Debug)]
pub struct Charged<T> {
    /// What was found.
    pub found: T,
    /// What was charged.
    pub receipt: Receipt,
}

/// An authorisation that is given back unless it is committed, however the call ends.
struct Permit {
    app: Arc<App>,
    account: AccountId,
    authorisation: Option<Authorisation>,
}

impl Permit {
    fn give_back(&mut self) {
        if let Some(authorisation) = self.authorisation.take() {
            self.app.engine.void(self.account, &authorisation);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// What becomes of a call that is committed: its receipt, once that is durable. If its client leaves before, the charge
/// stands, and the log says so: whoever asks about it later finds out what happened.
struct Outcome {
    call: Call,
    durable: Option<Durable<Result<Receipt, Refusal>>>,
}

impl Future for Outcome {
    type Output = Result<Result<Receipt, Refusal>, Stopped>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(durable) = &mut self.durable else { return Poll::Pending };
        let outcome = ready!(Pin::new(durable).poll(context));
        self.durable = None;
        Poll::Ready(outcome)
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        let (Some(durable), Ok(runtime)) = (self.durable.take(), Handle::try_current()) else { return };
        let (account, charge) = (self.call.account, self.call.id);
        runtime.spawn(async move {
            if let Ok(Ok(_)) = durable.await {
                tracing::info!(%account, %charge, "a client left between its call's charge and the answer");
            }
        });
    }
}

impl From<UnknownAccount> for Failure {
    fn from(_: UnknownAccount) -> Failure {
        Failure::of(error::PROJECT_UNAVAILABLE)
    }
}

impl From<Stopped> for Failure {
    fn from(_: Stopped) -> Failure {
        Failure::of(error::BACKEND_UNAVAILABLE)
    }
}

impl From<Full> for Failure {
    fn from(Full { own, free, count }: Full) -> Failure {
        Failure::of(error::THROTTLED)
            .saying(format!(
                "The throttling threshold has been reached: {own} calls of this account are being read or wait for it; \
                 of {count} places {free} are free."
            ))
            .with_cure("too_many_calls", "Send fewer calls at once, or send this one again in a second.")
            .to_be_retried_after(RETRY_AFTER_S)
    }
}

impl From<ReadError> for Failure {
    fn from(problem: ReadError) -> Failure {
        if problem == ReadError::Unwanted {
            return Failure::of(error::BACKEND_TIMEOUT);
        }
        let known = |code: &&ErrorCode| code.code == problem.code();
        let code = error::ALL.iter().find(known).copied().unwrap_or(error::RECOGNITION_FAILED);
        let text = problem.to_string();
        let detail = text.split_once(": ").map_or(text.as_str(), |(_, detail)| detail);
        Failure::of(code).because(detail)
    }
}

/// Serves one call. If the client goes away, this future is dropped wherever it waits: a call not yet committed is
/// given back by its permit; one that is committed is in the journal's hands and becomes durable all the same. Whether
/// the client is still there is asked once more right before the commit, and nothing is waited for in between: so
/// nobody is charged who is known to have left.
///
/// # Errors
/// A failure for the caller; nothing is charged then.
pub async fn read_picture<C: Metered>(
    app: Arc<App>,
    call: Call,
    picture: Picture,
    asked: &C::Asked,
    line: Option<&Line>,
) -> Result<Charged<C::Found>, Failure> {
    let told = if call.member.is_some() { Told::Member } else { Told::Payer };
    let api = Name::new(C::NAME).map_err(|_| Failure::of(error::NO_SUCH_API))?;
    let _time_stands_still = app.clock.during_call().await;
    let place = app.places.take_as(call.account, call.member)?;
    let for_call = CallFor {
        api: &api,
        region: &call.region,
        enterprise_project: call.enterprise_project.as_ref(),
        units: C::MOST_UNITS,
    };
    let part = app.telemetry.part("authorise");
    let given = match app.engine.authorise_part(call.account, call.id, for_call, app.clock.now())? {
        Ok(given) => given,
        Err(refusal) => return Err(Failure::refused(&refusal.await?, told)),
    };
    drop(part);
    let mut authorisation = given.authorisation;
    let mut permit =
        Permit { app: Arc::clone(&app), account: call.account, authorisation: Some(authorisation.clone()) };
    let part = app.telemetry.part("read");
    let (found, _place) = match picture {
        Picture::Bytes(bytes) if app.eye.is_instant() => {
            let reading = Reading {
                account: call.account,
                authorisation: &authorisation,
                bytes: &bytes,
                options: &C::options(asked),
                wanted: &|| true,
            };
            (C::read(&*app.eye, reading, asked)?, place)
        }
        // In a box: its state is large, and would be carried around by calls that do not wait too.
        picture => {
            let (account, asked) = (call.account, asked.clone());
            Box::pin(in_time::<C>(&app, account, &authorisation, picture, asked, place)).await?
        }
    };
    drop(part);
    if line.is_some_and(Line::is_broken) {
        return Err(Failure::of(error::BACKEND_TIMEOUT).because("nobody waits for the answer"));
    }
    let _part = app.telemetry.part("commit");
    let units = C::units(&found);
    if units > given.units {
        // More was found than could be kept back: who cannot pay for all of it by now gets none of it.
        permit.give_back();
        let for_call = CallFor { units, ..for_call };
        authorisation = match app.engine.authorise(call.account, call.id, for_call, app.clock.now())? {
            Ok(authorisation) => authorisation,
            Err(refusal) => return Err(Failure::refused(&refusal.await?, told)),
        };
        permit.authorisation = Some(authorisation.clone());
    }
    let pending = app.engine.commit(call.account, &authorisation, units, app.clock.now())?;
    permit.authorisation = None;
    let charged = Outcome { call, durable: Some(pending.into_future()) }.await?;
    let receipt = charged.map_err(|refusal| Failure::refused(&refusal, told))?;
    Ok(Charged { found, receipt })
}

/// Fetches and reads a picture in the time there is for it. What is dropped when the time is over gives up by itself.
async fn in_time<C: Metered>(
    app: &Arc<App>,
    account: AccountId,
    authorisation: &Authorisation,
    picture: Picture,
    asked: C::Asked,
    place: Place<AccountId>,
) -> Result<(C::Found, Place<AccountId>), Failure> {
    let limit_s = app.config.ocr.timeout_s;
    let reading = async {
        let bytes = match picture {
            Picture::Bytes(bytes) => bytes,
            Picture::Url(url) => download::picture(&app.config.ocr.url, &url).await?,
        };
        recognise::<C>(app, account, authorisation, bytes, asked, place).await
    };
    let read = tokio::time::timeout(Duration::from_secs(limit_s), reading).await;
    read.unwrap_or_else(|_| {
        let detail = format!("the picture was not read within {limit_s} seconds");
        Err(Failure::of(error::BACKEND_TIMEOUT).because(detail))
    })
}

/// Reads the picture on a thread that may block. The call's place goes with it: it stays taken until the eye has found
/// that nobody waits any more, because the client left or the authorisation ran out.
async fn recognise<C: Metered>(
    app: &Arc<App>,
    account: AccountId,
    authorisation: &Authorisation,
    bytes: Vec<u8>,
    asked: C::Asked,
    place: Place<AccountId>,
) -> Result<(C::Found, Place<AccountId>), Failure> {
    let left = CancellationToken::new();
    let _leaving = left.clone().drop_guard();
    let (eye, authorisation) = (Arc::clone(&app.eye), authorisation.clone());
    let app = Arc::downgrade(app);
    let reading = tokio::task::spawn_blocking(move || {
        let stands = |app: Arc<App>| app.clock.now() < authorisation.expires_at;
        let wanted = || !left.is_cancelled() && app.upgrade().is_some_and(stands);
        let (authorisation, bytes, options) = (&authorisation, &bytes, &C::options(&asked));
        let reading = Reading { account, authorisation, bytes, options, wanted: &wanted };
        C::read(&*eye, reading, &asked).map(|found| (found, place))
    });
    let read = reading.await.map_err(|_| Failure::of(error::RECOGNITION_FAILED))?;
    Ok(read?)
}

/// The receipt as headers, among those of the answer.
pub fn put_receipt(headers: &mut HeaderMap, receipt: &Receipt) {
    // Six of ours, and the request's id.
    headers.reserve(8);
    let mut put = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("x-inkmeter-charge-id", receipt.charge.to_string());
    put("x-inkmeter-pocket", receipt.pocket.word().into());
    put("x-inkmeter-units", receipt.units().to_string());
    put("x-inkmeter-amount", receipt.amount().to_string());
    put("x-inkmeter-package-left", receipt.left_in_lots.to_string());
    put("x-inkmeter-available", receipt.available.to_string());
}
