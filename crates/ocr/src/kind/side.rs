//! Documents with two sides.

/// Which side is to be on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that is shown first.
    Front,
    /// The other one.
    Back,
    /// Both.
    Both,
}

impl Side {
    /// Whether the front is looked for.
    pub(super) fn wants_front(self) -> bool {
        self != Side::Back
    }

    /// Whether the back is looked for.
    pub(super) fn wants_back(self) -> bool {
        self != Side::Front
    }
}
