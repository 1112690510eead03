//! The little of the ONNX file format the engine needs: the character list kept in a model's
//! metadata, weights too small to matter set to zero, and the last step of a model left out.
//!
//! A model file is one protocol-buffers message. This walks its fields without building anything, so
//! the bytes can be changed in place, or copied but for some, and handed to whichever runtime loads them.

use std::ops::Range;

/// Weights smaller than this are set to zero. Those below 1.2e-38 are denormal: processors calculate
/// with them a hundred times slower, and a tenth of the detection model's weights are.
const SMALLEST_WEIGHT: f32 = 1e-30;

// Field numbers of onnx.proto.
const MODEL_GRAPH: u64 = 7;
const MODEL_METADATA: u64 = 14;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALIZER: u64 = 5;
const GRAPH_OUTPUT: u64 = 12;
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_OPERATOR: u64 = 4;
const VALUE_NAME: u64 = 1;
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

/// The model without the step that gives its one output, if that is this operator: it ends one step before. `None` if it
/// is not, or the bytes are not a model.
pub(crate) fn without_last(model: &[u8], operator: &str) -> Option<Vec<u8>> {
    let whole = all(model, 0..model.len())?;
    let graph = whole.iter().find(|field| field.number == MODEL_GRAPH)?.bytes()?;
    let parts = all(model, graph)?;
    let text = |parts: &[Field], number: u64| {
        let part = parts.iter().find(|part| part.number == number)?.bytes()?;
        model.get(part)
    };
    let mut outputs = parts.iter().filter(|part| part.number == GRAPH_OUTPUT);
    let (output, None) = (outputs.next()?, outputs.next()) else { return None };
    let value = all(model, output.bytes()?)?;
    let name = text(&value, VALUE_NAME)?;
    let (mut last, mut input) = (None, None);
    for node in parts.iter().filter(|part| part.number == GRAPH_NODE) {
        let inside = all(model, node.bytes()?)?;
        if text(&inside, NODE_OUTPUT)? == name && text(&inside, NODE_OPERATOR)? == operator.as_bytes() {
            (last, input) = (Some(node.whole.start), Some(text(&inside, NODE_INPUT)?));
        }
    }
    let (last, input) = (last?, input?);
    let mut renamed = Vec::new();
    for part in &value {
        match part.number {
            VALUE_NAME => put(&mut renamed, VALUE_NAME, input),
            _ => renamed.extend(model.get(part.whole.clone())?),
        }
    }
    let mut shorter = Vec::new();
    for part in &parts {
        match part.number {
            GRAPH_OUTPUT => put(&mut shorter, GRAPH_OUTPUT, &renamed),
            _ if part.whole.start == last => {}
            _ => shorter.extend(model.get(part.whole.clone())?),
        }
    }
    let mut without = Vec::with_capacity(model.len());
    for field in &whole {
        match field.number {
            MODEL_GRAPH => put(&mut without, MODEL_GRAPH, &shorter),
            _ => without.extend(model.get(field.whole.clone())?),
        }
    }
    Some(without)
}

/// Appends a field of bytes.
fn put(message: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    for mut value in [number << 3 | 2, bytes.len() as u64] {
        while value > 0x7f {
            message.push(value as u8 | 0x80);
            value >>= 7;
        }
        message.push(value as u8);
    }
    message.extend(bytes);
}

struct Field {
    number: u64,
    value: Value,
    /// Where it is, with its number.
    whole: Range<usize>,
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

/// All fields of the message in `range`, if it is not broken.
fn all(model: &[u8], range: Range<usize>) -> Option<Vec<Field>> {
    fields(model, range).collect()
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
    let start = *at;
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
    Some(Field { number: tag >> 3, value, whole: start..*at })
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

    /// A model of two steps, the second of them this.
    fn two_steps(operator: &str) -> Vec<u8> {
        let node = |from: &str, to: &str, operator: &str| {
            let parts =
                [message(1, from.as_bytes()), message(2, to.as_bytes()), message(4, operator.as_bytes())];
            message(1, &parts.concat())
        };
        // So long that the length of the graph takes two bytes.
        let inner = "i".repeat(100);
        let output = [message(1, b"out"), message(2, b"its type")].concat();
        let graph = [node("in", &inner, "Add"), node(&inner, "out", operator), message(12, &output)].concat();
        let mut model = vec![0x08, 7];
        put(&mut model, 7, &graph);
        model.extend(message(14, &[message(1, b"character"), message(2, b"a")].concat()));
        model
    }

    #[test]
    fn a_model_ends_one_step_before() {
        let model = two_steps("Softmax");
        let without = without_last(&model, "Softmax").unwrap();
        let inner = "i".repeat(100);
        let output = [message(1, inner.as_bytes()), message(2, b"its type")].concat();
        let node = [message(1, b"in"), message(2, inner.as_bytes()), message(4, b"Add")].concat();
        let graph = [message(1, &node), message(12, &output)].concat();
        let mut wanted = vec![0x08, 7];
        put(&mut wanted, 7, &graph);
        wanted.extend(message(14, &[message(1, b"character"), message(2, b"a")].concat()));
        assert_eq!(without, wanted);
        assert_eq!(metadata(&without, "character").as_deref(), Some("a"));
        // It ends in something else now, and did before.
        assert_eq!(without_last(&without, "Softmax"), None);
        assert_eq!(without_last(&two_steps("Sigmoid"), "Softmax"), None);
        for end in 0..model.len() {
            let _ = without_last(&model[..end], "Softmax");
        }
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
