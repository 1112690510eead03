//! The little of the ONNX file format the engine needs: the character list kept in a model's
//! metadata, and weights too small to matter set to zero.
//!
//! A model file is one protocol-buffers message. This walks its fields without building anything, so
//! the bytes can be changed in place and handed to whichever runtime loads them.

use std::ops::Range;

/// Weights smaller than this are set to zero. Those below 1.2e-38 are denormal: processors calculate
/// with them a hundred times slower, and a tenth of the detection model's weights are.
const SMALLEST_WEIGHT: f32 = 1e-30;

// Field numbers of onnx.proto.
const MODEL_GRAPH: u64 = 7;
const MODEL_METADATA: u64 = 14;
const GRAPH_INITIALIZER: u64 = 5;
const TENSOR_DATA_TYPE: u64 = 2;
const TENSOR_FLOAT_DATA: u64 = 4;
const TENSOR_RAW_DATA: u64 = 9;
const DATA_TYPE_FLOAT: u64 = 1;

/// The value of a metadata entry of the model, such as `character`. `None` if there is none or the
/// bytes are not a model.
pub(crate) fn metadata(model: &[u8], key: &str) -> Option<String> {
    for field in fields(model, 0..model.len()) {
        let field = field?;
        if field.number != MODEL_METADATA {
            continue;
        }
        let mut entry = (None, None);
        for part in fields(model, field.bytes()?) {
            let part = part?;
            match part.number {
                1 => entry.0 = model.get(part.bytes()?),
                2 => entry.1 = model.get(part.bytes()?),
                _ => {}
            }
        }
        if entry.0 == Some(key.as_bytes()) {
            return String::from_utf8(entry.1?.to_vec()).ok();
        }
    }
    None
}

/// Sets tiny weights to zero, in place, and returns how many there were. `None` if the bytes are not a
/// model; they may then be partly changed.
pub(crate) fn flush_tiny_weights(model: &mut [u8]) -> Option<usize> {
    let mut weights = Vec::new();
    for field in fields(model, 0..model.len()) {
        let field = field?;
        if field.number != MODEL_GRAPH {
            continue;
        }
        for tensor in fields(model, field.bytes()?) {
            let tensor = tensor?;
            if tensor.number != GRAPH_INITIALIZER {
                continue;
            }
            let mut is_float = false;
            let mut data = Vec::new();
            for part in fields(model, tensor.bytes()?) {
                let part = part?;
                match (part.number, &part.value) {
                    (TENSOR_DATA_TYPE, Value::Number(kind)) => is_float = *kind == DATA_TYPE_FLOAT,
                    (TENSOR_RAW_DATA | TENSOR_FLOAT_DATA, Value::Bytes(range)) => data.push(range.clone()),
                    _ => {}
                }
            }
            if is_float {
                weights.extend(data);
            }
        }
    }
    let mut flushed = 0;
    for range in weights {
        for weight in model.get_mut(range)?.as_chunks_mut::<4>().0 {
            let value = f32::from_le_bytes(*weight);
            if value != 0.0 && value.abs() < SMALLEST_WEIGHT {
                *weight = [0; 4];
                flushed += 1;
            }
        }
    }
    Some(flushed)
}

struct Field {
    number: u64,
    value: Value,
}

enum Value {
    Number(u64),
    Bytes(Range<usize>),
    Fixed,
}

impl Field {
    fn bytes(&self) -> Option<Range<usize>> {
        match &self.value {
            Value::Bytes(range) => Some(range.clone()),
            _ => None,
        }
    }
}

/// The fields of the message in `range`; `None` ends a broken one.
fn fields(model: &[u8], range: Range<usize>) -> impl Iterator<Item = Option<Field>> {
    let mut at = range.start;
    let end = range.end.min(model.len());
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let field = field(model, &mut at, end);
        if field.is_none() {
            at = end;
        }
        Some(field)
    })
}

fn field(model: &[u8], at: &mut usize, end: usize) -> Option<Field> {
    let tag = varint(model, at)?;
    let value = match tag & 7 {
        0 => Value::Number(varint(model, at)?),
        1 => skip(at, 8, end).map(|_| Value::Fixed)?,
        2 => {
            let length = usize::try_from(varint(model, at)?).ok()?;
            Value::Bytes(skip(at, length, end)?)
        }
        5 => skip(at, 4, end).map(|_| Value::Fixed)?,
        _ => return None,
    };
    Some(Field { number: tag >> 3, value })
}

fn skip(at: &mut usize, length: usize, end: usize) -> Option<Range<usize>> {
    let start = *at;
    let stop = start.checked_add(length).filter(|&stop| stop <= end)?;
    *at = stop;
    Some(start..stop)
}

fn varint(model: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *model.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2, u8::try_from(body.len()).unwrap()];
        bytes.extend(body);
        bytes
    }

    fn model() -> Vec<u8> {
        let mut raw = Vec::new();
        for weight in [1.0f32, 1e-40, -1e-39, 0.0, -2.5] {
            raw.extend(weight.to_le_bytes());
        }
        let mut floats = vec![0x10, 1];
        floats.extend(message(9, &raw));
        // Eight-byte numbers that would look tiny as floats.
        let mut integers = vec![0x10, 7];
        integers.extend(message(9, &1i64.to_le_bytes()));
        let graph = [message(5, &floats), message(5, &integers)].concat();
        let entry = [message(1, b"character"), message(2, "a\n中".as_bytes())].concat();
        [vec![0x08, 7], message(7, &graph), message(14, &entry)].concat()
    }

    #[test]
    fn only_tiny_float_weights_become_zero() {
        let before = model();
        let mut after = before.clone();
        assert_eq!(flush_tiny_weights(&mut after), Some(2));
        assert_eq!(before.len(), after.len());
        assert_eq!(flush_tiny_weights(&mut after), Some(0));
        let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        assert!((1..=8).contains(&changed));
    }

    #[test]
    fn metadata_is_found() {
        assert_eq!(metadata(&model(), "character").as_deref(), Some("a\n中"));
        assert_eq!(metadata(&model(), "other"), None);
    }

    #[test]
    fn broken_models_are_refused() {
        let whole = model();
        for end in 1..whole.len() {
            let mut cut = whole[..end].to_vec();
            // Must not panic; a cut at a field's edge is a model still.
            let _ = flush_tiny_weights(&mut cut);
            let _ = metadata(&cut, "character");
        }
        assert_eq!(flush_tiny_weights(&mut [0xff; 12]), None);
        assert_eq!(flush_tiny_weights(&mut [0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]), None);
    }
}
