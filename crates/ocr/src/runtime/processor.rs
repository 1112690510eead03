//! What the processor can do.

/// Whether the processor multiplies matrices of bfloat16 in a unit of its own (AMX), and the system lets it.
///
/// Instructions for vectors of bfloat16 are not enough: with these alone, models are read faster in single precision.
pub fn has_bf16_matrices() -> bool {
    // The system lists what it has switched on, which the processor itself does not tell.
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    has_flag(&cpu, "amx_bf16")
}

fn has_flag(cpu: &str, flag: &str) -> bool {
    let mut lists = cpu.lines().filter_map(|line| line.split_once(':'));
    lists.any(|(name, list)| name.trim() == "flags" && list.split_whitespace().any(|it| it == flag))
}

#[cfg(test)]
mod tests {
    use super::has_flag;

    #[test]
    fn flags_are_words_of_their_list() {
        let cpu = "processor\t: 0\nmodel name\t: amx_bf16 by name\nflags\t\t: fpu avx512_bf16 amx_bf16\n";
        assert!(has_flag(cpu, "amx_bf16"));
        assert!(has_flag(cpu, "fpu"));
        for absent in ["amx", "bf16", "amx_tile", "processor"] {
            assert!(!has_flag(cpu, absent), "{absent}");
        }
        assert!(!has_flag("flags\t: fpu avx512_bf16\n", "amx_bf16"));
        assert!(!has_flag("", "amx_bf16"));
    }
}
