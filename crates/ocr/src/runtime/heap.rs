//! The heap of the C library, from which the runtimes take their memory.
//!
//! By default it learns from the large blocks that are given back to keep what is given back: after pages of many sizes it
//! holds half as much again as is in use. Told where large blocks begin, it learns nothing, and gives them back.

/// Blocks from this size on are taken from the system and given back to it, in bytes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 1 << 20;

/// Has large blocks given back to the system. It holds for the whole process, and can be asked for again.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)]
pub(super) fn give_back_large_blocks() {
    for setting in [libc::M_MMAP_THRESHOLD, libc::M_TRIM_THRESHOLD] {
        // SAFETY: it changes two numbers of the allocator, under its own lock, and takes no pointer.
        let is_taken = unsafe { libc::mallopt(setting, LARGE_BYTES) };
        if is_taken == 0 {
            tracing::debug!(setting, "the C library keeps its own threshold");
        }
    }
}

/// Other C libraries do so by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn give_back_large_blocks() {}
