//! An answer that may be given only when the journal has what it rests on.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use crate::journal::{Stopped, Ticket};

/// A value that becomes readable when everything it was decided on is durable.
#[derive(Debug)]
#[must_use = "the answer is not durable yet: wait for it"]
pub struct Pending<T> {
    value: T,
    ticket: Ticket,
}

impl<T> Pending<T> {
    pub(super) fn new(value: T, ticket: Ticket) -> Pending<T> {
        Pending { value, ticket }
    }

    /// An answer that rests on nothing that is not durable.
    pub(crate) fn given(value: T) -> Pending<T> {
        Pending { value, ticket: Ticket::done() }
    }

    /// The record of the journal it waits for.
    pub(crate) fn sequence(&self) -> u64 {
        self.ticket.sequence()
    }

    /// Blocks until the answer is durable.
    ///
    /// # Errors
    /// [`Stopped`] if the journal failed before that was certain.
    pub fn wait(self) -> Result<T, Stopped> {
        self.ticket.wait().map(|()| self.value)
    }

    /// The same answer, changed before it is given.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Pending<U> {
        Pending { value: change(self.value), ticket: self.ticket }
    }
}

impl<T: Send + 'static> IntoFuture for Pending<T> {
    type Output = Result<T, Stopped>;
    type IntoFuture = Durable<T>;

    fn into_future(self) -> Durable<T> {
        Durable { value: Some(self.value), ticket: self.ticket }
    }
}

/// The future of a [`Pending`].
#[derive(Debug)]
pub struct Durable<T> {
    value: Option<T>,
    ticket: Ticket,
}

impl<T> Unpin for Durable<T> {}

impl<T> Future for Durable<T> {
    type Output = Result<T, Stopped>;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        let this = &mut *self;
        Pin::new(&mut this.ticket)
            .poll(context)
            .map(|durable| durable.map(|()| this.value.take().expect("a future is not polled after its end")))
    }
}
