//! Things lent to one caller at a time: the models of the workers, and leave to do what takes a core.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Things that wait to be lent.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    idle: Mutex<Vec<T>>,
    returned: Condvar,
}

impl<T> Pool<T> {
    pub fn new(things: Vec<T>) -> Pool<T> {
        Pool { idle: Mutex::new(things), returned: Condvar::new() }
    }

    /// One of them; waits until there is one.
    pub fn lend(&self) -> Lent<'_, T> {
        let mut idle = self.idle();
        loop {
            if let Some(thing) = idle.pop() {
                return Lent { pool: self, thing: Some(thing) };
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Those that are not lent.
    pub fn idle(&self) -> MutexGuard<'_, Vec<T>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something lent, given back when dropped.
#[derive(Debug)]
pub(crate) struct Lent<'a, T> {
    pool: &'a Pool<T>,
    /// There until dropped.
    thing: Option<T>,
}

impl<T> Lent<'_, T> {
    /// It; there until dropped.
    pub fn thing(&mut self) -> Option<&mut T> {
        self.thing.as_mut()
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        self.pool.idle().extend(self.thing.take());
        self.pool.returned.notify_one();
    }
}
