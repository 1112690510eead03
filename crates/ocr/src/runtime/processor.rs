//! What the processor can do.

/// Whether models are read faster in bfloat16 than in single precision.
///
/// So they are where the processor multiplies matrices of bfloat16 in a unit of its own (AMX, if the system has switched it
/// on), and where its instructions for vectors of bfloat16 do twice the work of those for single precision, as AMD's do.
/// Intel's do not, and converting costs more than they save.
pub fn pays_bf16() -> bool {
    // The system lists what it has switched on, which the processor itself does not tell.
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    is_faster_in_bf16(&cpu)
}

fn is_faster_in_bf16(cpu: &str) -> bool {
    let is_amd = lines(cpu, "vendor_id").any(|vendor| vendor.trim() == "AuthenticAMD");
    has_flag(cpu, "amx_bf16") || is_amd && has_flag(cpu, "avx512_bf16")
}

fn has_flag(cpu: &str, flag: &str) -> bool {
    lines(cpu, "flags").any(|list| list.split_whitespace().any(|it| it == flag))
}

fn lines<'a>(cpu: &'a str, of: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = cpu.lines().filter_map(|line| line.split_once(':'));
    lines.filter(move |(name, _)| name.trim() == of).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::{has_flag, is_faster_in_bf16};

    #[test]
    fn flags_are_words_of_their_list() {
        let cpu = "processor\t: 0\nmodel name\t: amx_bf16 by name\nflags\t\t: fpu avx512_bf16 amx_tile\n";
        assert!(has_flag(cpu, "amx_tile"));
        assert!(has_flag(cpu, "fpu"));
        for absent in ["amx", "bf16", "amx_bf16", "processor"] {
            assert!(!has_flag(cpu, absent), "{absent}");
        }
        assert!(!has_flag("", "amx_bf16"));
    }

    #[test]
    fn bfloat16_pays_with_matrices_and_with_the_vectors_of_amd() {
        let cpu = |vendor: &str, flags: &str| format!("vendor_id\t: {vendor}\nflags\t\t: fpu {flags}\n");
        assert!(is_faster_in_bf16(&cpu("GenuineIntel", "avx512_bf16 amx_bf16 amx_tile")));
        assert!(!is_faster_in_bf16(&cpu("GenuineIntel", "avx512_bf16")));
        assert!(is_faster_in_bf16(&cpu("AuthenticAMD", "avx512_bf16")));
        assert!(!is_faster_in_bf16(&cpu("AuthenticAMD", "avx512f")));
        assert!(!is_faster_in_bf16(""));
    }
}
