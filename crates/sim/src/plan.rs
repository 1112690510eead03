//! What is to happen: requests of callers, and the steps in which their messages, time and faults come.
//!
//! A plan is made of a seed alone. Every step stands for itself and names a request by its number, so that any of them
//! can be left out when a history is made shorter.

use charging::{Source, Tier};

use crate::random::Random;
use crate::store::Kind;
use crate::world::{OFFERS, PROJECTS, SERVICES, World};

/// What a caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Which customer.
    pub customer: usize,
    /// The idempotency key it is sent with: mostly its own, at times that of an earlier request.
    pub key: u64,
    /// What for.
    pub what: What,
}

/// What a request asks for. Services, offers and projects by number, money in 10⁻⁸, hours from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum What {
    /// To have an account.
    Open,
    TopUp {
        e8: i64,
    },
    Adjust {
        e8: i64,
    },
    Buy {
        service: usize,
        offer: usize,
    },
    Grant {
        service: usize,
        source: Source,
        units: u64,
        from_h: i64,
        to_h: i64,
        project: Option<usize>,
    },
    Coupon {
        e8: i64,
        to_h: i64,
    },
    /// Money by the payment provider.
    Payment {
        e8: i64,
    },
    Subscribe {
        service: usize,
        package_only: bool,
    },
    Unsubscribe {
        service: usize,
    },
    Tier(Tier),
    /// A call of the door: authorised, then committed or voided. A call that is sent again is another one.
    Call {
        service: usize,
        project: Option<usize>,
        units: u64,
    },
    /// Work of another service by its key: authorised, then committed or voided.
    Work {
        service: usize,
        project: Option<usize>,
        units: u64,
    },
    /// Work of another service that is done already.
    Done {
        service: usize,
        project: Option<usize>,
        units: u64,
    },
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Step {
    /// A caller's message arrives: the first time, or again.
    Send { request: usize },
    /// The work of a request is over, and is to be charged: now, late, or again.
    Commit { request: usize, units: u64 },
    /// The work of a request has failed.
    Void { request: usize },
    /// The payment provider answers: now, late, or again.
    Provider { request: usize, paid: bool },
    /// The clock goes on.
    Wait { ms: i64 },
    /// The clock is set back.
    Back { ms: i64 },
    /// What is due happens.
    Tick,
    /// The disk becomes slow: what is decided from now on is under way.
    Hold,
    /// The disk has done what it was given.
    Release,
    /// A snapshot is taken.
    Snapshot,
    /// The process ends as it should, and starts again, perhaps without its read model.
    Restart { without_reads: bool },
    /// The process dies.
    Kill,
    /// The power goes, some operations of the disk later.
    PowerCut { after: u64, seed: u64 },
    /// A write fails, some writes later.
    FailWrite { after: u64 },
    /// A sync fails, some syncs later.
    FailSync { after: u64 },
    /// The disk has so much room left.
    Full { room: u64 },
    /// The disk has room again.
    Roomy,
    /// Somebody else opens the same books.
    SecondOwner,
    /// The connections to the database are cut.
    CutConnections,
    /// The books are looked at from outside.
    Audit,
}

/// What is to happen.
#[derive(Debug, Clone)]
pub struct Plan {
    /// All requests.
    pub requests: Vec<Request>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The plan of a seed, of about so many steps.
    pub fn of(seed: u64, world: &World, kind: Kind, steps: usize) -> Plan {
        let mut maker =
            Maker { random: Random::new(seed, 2), world, kind, requests: Vec::new(), steps: Vec::new() };
        maker.begin();
        let count = steps / 2 + maker.random.index(steps.max(1));
        while maker.steps.len() < count {
            maker.some();
        }
        Plan { requests: maker.requests, steps: maker.steps }
    }
}

struct Maker<'w> {
    random: Random,
    world: &'w World,
    kind: Kind,
    requests: Vec<Request>,
    steps: Vec<Step>,
}

impl Maker<'_> {
    fn begin(&mut self) {
        for customer in 0..self.world.customers.len() {
            self.ask(customer, What::Open);
            for service in 0..SERVICES.len() {
                if self.random.percent(60) {
                    let package_only = self.random.percent(20);
                    self.ask(customer, What::Subscribe { service, package_only });
                }
            }
            if self.random.percent(60) {
                self.ask(customer, What::TopUp { e8: 12_000_000 });
            }
        }
    }

    /// A new request, and its first message.
    fn ask(&mut self, customer: usize, what: What) -> usize {
        let request = self.requests.len();
        let mut key = request as u64;
        if request > 0 && self.random.percent(4) {
            key = self.requests[self.random.index(request)].key;
        }
        self.requests.push(Request { customer, key, what });
        self.steps.push(Step::Send { request });
        request
    }

    fn some(&mut self) {
        let choice = self.random.weighted(&[(58, 0), (14, 1), (14, 2), (9, 3), (5, 4)]);
        match choice {
            0 => self.some_request(),
            1 => self.some_repetition(),
            2 => self.some_time(),
            3 => self.some_fault(),
            _ => self.some_care(),
        }
    }

    fn some_request(&mut self) {
        let random = &mut self.random;
        let customer = random.index(self.world.customers.len());
        let service = random.weighted(&[(9, 0), (5, 1), (1, 2), (2, 3)]);
        let project = random.percent(30).then(|| random.index(PROJECTS.len()));
        let units = if random.percent(40) { 1 } else { 1 + random.below(11) };
        let e8 = random.between(1, 8) * 5_000_000;
        let what = match random.weighted(&[
            (8, 0),
            (3, 1),
            (4, 2),
            (5, 3),
            (2, 4),
            (3, 5),
            (4, 6),
            (1, 7),
            (1, 8),
            (22, 9),
            (9, 10),
            (12, 11),
        ]) {
            0 => What::TopUp { e8: if random.percent(10) { random.between(1, 300) } else { e8 } },
            1 => What::Adjust { e8: if random.percent(50) { e8 } else { -e8 } },
            2 => What::Buy { service, offer: random.index(OFFERS.len()) },
            3 => {
                let source = [Source::Free, Source::Promotion, Source::Package][random.index(3)];
                let from_h = if random.percent(60) { 0 } else { random.between(1, 100) };
                let to_h = from_h + random.between(1, 300);
                What::Grant { service, source, units: 1 + random.below(6), from_h, to_h, project }
            }
            4 => What::Coupon { e8: e8 - 2_500_000, to_h: random.between(1, 400) },
            5 => What::Payment { e8 },
            6 => What::Subscribe { service, package_only: random.percent(25) },
            7 => What::Unsubscribe { service },
            8 => What::Tier(Tier::ALL[random.index(Tier::ALL.len())]),
            9 => What::Call { service, project, units },
            10 => What::Work { service, project, units },
            _ => What::Done { service, project, units },
        };
        let request = self.ask(customer, what);
        match what {
            What::Call { units, .. } | What::Work { units, .. } => {
                if self.random.percent(20) {
                    self.some_time();
                }
                match self.random.below(10) {
                    0 => self.steps.push(Step::Void { request }),
                    1 | 2 => {}
                    _ => self.commit(request, units),
                }
            }
            What::Payment { .. } if self.random.percent(70) => {
                let paid = self.random.percent(80);
                self.steps.push(Step::Provider { request, paid });
            }
            _ => {}
        }
    }

    fn commit(&mut self, request: usize, units: u64) {
        let units = if self.random.percent(70) { units } else { 1 + self.random.below(units) };
        self.steps.push(Step::Commit { request, units });
    }

    /// A message that comes late, or again.
    fn some_repetition(&mut self) {
        // Mostly of something lately.
        let count = self.requests.len();
        let back = if self.random.percent(75) { count.min(8) } else { count };
        let request = count - 1 - self.random.index(back);
        match self.requests[request].what {
            What::Call { units, .. } | What::Work { units, .. } => match self.random.below(6) {
                0 => self.steps.push(Step::Void { request }),
                1..=3 => self.commit(request, units),
                _ => self.steps.push(Step::Send { request }),
            },
            What::Payment { .. } if self.random.percent(70) => {
                let paid = self.random.percent(70);
                self.steps.push(Step::Provider { request, paid });
            }
            _ => self.steps.push(Step::Send { request }),
        }
    }

    fn some_time(&mut self) {
        const MINUTE: i64 = 60_000;
        let random = &mut self.random;
        let step = match random.weighted(&[(20, 0), (9, 1), (5, 2), (2, 3), (3, 4), (8, 5)]) {
            0 => Step::Wait { ms: random.between(1, 3_000) },
            1 => Step::Wait { ms: random.between(1, 40) * MINUTE },
            2 => Step::Wait { ms: random.between(1, 40) * 60 * MINUTE },
            3 => Step::Wait { ms: random.between(1, 20) * 24 * 60 * MINUTE },
            4 => Step::Back { ms: random.between(1, 72 * 60) * MINUTE },
            _ => Step::Tick,
        };
        self.steps.push(step);
    }

    fn some_fault(&mut self) {
        let random = &mut self.random;
        let after = random.below(24);
        let in_database = self.kind == Kind::Postgres;
        let step = match random.weighted(&[(30, 0), (12, 1), (22, 2), (8, 3), (8, 4), (6, 5), (8, 6)]) {
            0 => Step::Hold,
            1 => Step::Kill,
            2 => Step::PowerCut { after, seed: random.number() },
            3 => Step::FailWrite { after: after / 2 },
            4 => Step::FailSync { after: after / 2 },
            5 => Step::Full { room: random.below(self.world.segment_bytes * 2) },
            _ if in_database && random.percent(50) => Step::CutConnections,
            _ => Step::SecondOwner,
        };
        self.steps.push(step);
        if step == Step::Hold {
            for _ in 0..1 + self.random.below(6) {
                if self.random.percent(80) { self.some_request() } else { self.some_repetition() }
            }
            match self.random.below(5) {
                0 => self.steps.push(Step::Kill),
                1 => {
                    let (after, seed) = (self.random.below(8), self.random.number());
                    self.steps.push(Step::PowerCut { after, seed });
                    self.steps.push(Step::Release);
                }
                2 => self.steps.push(Step::SecondOwner),
                3 if in_database => {
                    self.steps.push(Step::CutConnections);
                    self.steps.push(Step::Release);
                }
                _ => self.steps.push(Step::Release),
            }
        }
        if matches!(step, Step::Full { .. }) && self.random.percent(50) {
            self.steps.push(Step::Snapshot);
            self.steps.push(Step::Roomy);
        }
    }

    fn some_care(&mut self) {
        let step = match self.random.below(8) {
            0..=2 => Step::Snapshot,
            3 | 4 => Step::Restart { without_reads: self.random.percent(40) },
            5 => Step::Roomy,
            _ => Step::Audit,
        };
        self.steps.push(step);
    }
}
