//! The frames of the pipe: one byte for the kind, the length as four bytes (little endian), and as many bytes.
//! JSON is kind 1 in both directions. Kind 3, from the window, is the number of the screen that stands (eight bytes, little
//! endian). A PIN is kind 2: the number of the screen (eight bytes, little endian), then the
//! characters in UTF-8; it is never JSON and never part of a value that can be printed.

use std::io::{ErrorKind, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Act, Shown};

/// The longest frame that is read, in bytes.
pub const FRAME_MAX: usize = 1024 * 1024;
/// The longest PIN, in bytes.
pub const PIN_MAX: usize = 255;

const JSON: u8 = 1;
const PIN: u8 = 2;
const DRAWN: u8 = 3;
const NUMBER: usize = size_of::<u64>();

/// What the agent orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum ToWindow {
    /// Show this instead of what is shown, and say so when it stands.
    Show(Box<Shown>),
    /// Come to the front, and say what stands.
    Front {
        /// What the system gave for that (XDG activation), where it gave something.
        token: Option<String>,
    },
    /// End.
    Close,
}

/// What the window says.
pub enum FromWindow {
    /// An act.
    Act {
        /// On the screen with this number.
        number: u64,
        /// The act.
        act: Act,
    },
    /// The page has drawn the screen with this number.
    Drawn {
        /// Its number.
        number: u64,
    },
    /// A PIN, in UTF-8.
    Pin {
        /// On the screen with this number.
        number: u64,
        /// At most [`PIN_MAX`] bytes.
        pin: Zeroizing<Vec<u8>>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered {
    number: u64,
    act: Act,
}

/// Why a frame is none.
#[derive(Debug, Error)]
pub enum PipeError {
    /// The other process has ended.
    #[error("the pipe is closed")]
    Closed,
    /// The pipe failed, or ended in the middle of a frame.
    #[error("the pipe failed: {0}")]
    Broken(#[from] std::io::Error),
    /// Longer than [`FRAME_MAX`], or a PIN longer than [`PIN_MAX`].
    #[error("the frame is too long")]
    TooLong,
    /// A kind that doesn't exist, or not in this direction.
    #[error("unknown kind of frame")]
    Kind,
    /// Not what this version says.
    #[error("the message is not understood")]
    Message,
}

/// Writes an order, for the window.
///
/// # Errors
/// [`PipeError::Broken`]; [`PipeError::TooLong`].
pub fn write_order(pipe: &mut impl Write, order: &ToWindow) -> Result<(), PipeError> {
    write_json(pipe, order)
}

/// Waits for an order, in the window.
///
/// # Errors
/// One variant a cause.
pub fn read_order(pipe: &mut impl Read) -> Result<ToWindow, PipeError> {
    match head(pipe)? {
        (JSON, length) => read_json(pipe, length),
        _ => Err(PipeError::Kind),
    }
}

/// Writes an act, for the agent.
///
/// # Errors
/// [`PipeError::Broken`]; [`PipeError::TooLong`].
pub fn write_act(pipe: &mut impl Write, number: u64, act: Act) -> Result<(), PipeError> {
    write_json(pipe, &Numbered { number, act })
}

/// Writes that a screen stands, for the agent.
///
/// # Errors
/// [`PipeError::Broken`].
pub fn write_drawn(pipe: &mut impl Write, number: u64) -> Result<(), PipeError> {
    let mut frame = vec![DRAWN];
    frame.extend_from_slice(&length(NUMBER)?);
    frame.extend_from_slice(&number.to_le_bytes());
    Ok(pipe.write_all(&frame)?)
}

/// Writes a PIN, for the agent. Its bytes stay the caller's to wipe.
///
/// # Errors
/// [`PipeError::Broken`]; [`PipeError::TooLong`].
pub fn write_pin(pipe: &mut impl Write, number: u64, pin: &[u8]) -> Result<(), PipeError> {
    if pin.len() > PIN_MAX {
        return Err(PipeError::TooLong);
    }
    let mut frame = Zeroizing::new(Vec::with_capacity(1 + 4 + NUMBER + PIN_MAX));
    frame.push(PIN);
    frame.extend_from_slice(&length(NUMBER + pin.len())?);
    frame.extend_from_slice(&number.to_le_bytes());
    frame.extend_from_slice(pin);
    Ok(pipe.write_all(&frame)?)
}

/// Waits for what the window says, in the agent.
///
/// # Errors
/// One variant a cause.
pub fn read_act(pipe: &mut impl Read) -> Result<FromWindow, PipeError> {
    match head(pipe)? {
        (JSON, length) => {
            read_json(pipe, length).map(|Numbered { number, act }| FromWindow::Act { number, act })
        }
        (PIN, length) => read_pin(pipe, length),
        (DRAWN, NUMBER) => read_number(pipe).map(|number| FromWindow::Drawn { number }),
        (DRAWN, _) => Err(PipeError::Message),
        _ => Err(PipeError::Kind),
    }
}

fn read_pin(pipe: &mut impl Read, length: usize) -> Result<FromWindow, PipeError> {
    let length = length.checked_sub(NUMBER).ok_or(PipeError::Message)?;
    if length > PIN_MAX {
        return Err(PipeError::TooLong);
    }
    let number = read_number(pipe)?;
    let mut pin = Zeroizing::new(vec![0; length]);
    pipe.read_exact(&mut pin)?;
    Ok(FromWindow::Pin { number, pin })
}

fn read_number(pipe: &mut impl Read) -> Result<u64, PipeError> {
    let mut number = [0; NUMBER];
    pipe.read_exact(&mut number)?;
    Ok(u64::from_le_bytes(number))
}

fn head(pipe: &mut impl Read) -> Result<(u8, usize), PipeError> {
    let mut kind = [0];
    match pipe.read_exact(&mut kind) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(PipeError::Closed),
        other => other?,
    }
    let mut length = [0; 4];
    pipe.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_le_bytes(length)).map_err(|_| PipeError::TooLong)?;
    if length > FRAME_MAX {
        return Err(PipeError::TooLong);
    }
    let [kind] = kind;
    Ok((kind, length))
}

fn write_json(pipe: &mut impl Write, message: &impl Serialize) -> Result<(), PipeError> {
    let json = serde_json::to_vec(message).map_err(|_| PipeError::Message)?;
    if json.len() > FRAME_MAX {
        return Err(PipeError::TooLong);
    }
    let mut frame = Vec::with_capacity(5 + json.len());
    frame.push(JSON);
    frame.extend_from_slice(&length(json.len())?);
    frame.extend_from_slice(&json);
    Ok(pipe.write_all(&frame)?)
}

fn read_json<T: DeserializeOwned>(pipe: &mut impl Read, length: usize) -> Result<T, PipeError> {
    let mut json = vec![0; length];
    pipe.read_exact(&mut json)?;
    serde_json::from_slice(&json).map_err(|_| PipeError::Message)
}

fn length(length: usize) -> Result<[u8; 4], PipeError> {
    u32::try_from(length)
        .map(u32::to_le_bytes)
        .map_err(|_| PipeError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, Screen, Waiting};

    fn shown() -> ToWindow {
        ToWindow::Show(Box::new(Shown {
            number: 7,
            language: Language::Vi,
            screen: Screen::Waiting(Waiting::Ask {
                origin: "https://portal.example".into(),
            }),
        }))
    }

    #[test]
    fn an_order_comes_out_as_it_went_in() {
        for order in [shown(), ToWindow::Front { token: None }, ToWindow::Close] {
            let mut pipe = Vec::new();
            write_order(&mut pipe, &order).expect("written");
            assert_eq!(read_order(&mut pipe.as_slice()).expect("read"), order);
        }
    }

    #[test]
    fn what_a_window_says_comes_out_as_it_went_in() {
        let mut pipe = Vec::new();
        write_act(&mut pipe, 7, Act::Choose { row: 2 }).expect("written");
        write_pin(&mut pipe, 8, "mật".as_bytes()).expect("written");
        write_drawn(&mut pipe, 9).expect("written");
        let mut pipe = pipe.as_slice();
        assert!(matches!(
            read_act(&mut pipe),
            Ok(FromWindow::Act {
                number: 7,
                act: Act::Choose { row: 2 }
            })
        ));
        let Ok(FromWindow::Pin { number: 8, pin }) = read_act(&mut pipe) else {
            panic!("no PIN")
        };
        assert_eq!(pin.as_slice(), "mật".as_bytes());
        assert!(matches!(
            read_act(&mut pipe),
            Ok(FromWindow::Drawn { number: 9 })
        ));
        assert!(matches!(read_act(&mut pipe), Err(PipeError::Closed)));
    }

    #[test]
    fn a_bad_frame_has_its_own_error() {
        let check = |bytes: &[u8], expected: &str| {
            let error = read_act(&mut &*bytes).err().expect("refused");
            assert_eq!(error.to_string(), expected, "{bytes:?}");
        };
        check(&[4, 0, 0, 0, 0], "unknown kind of frame");
        check(&[3, 0, 0, 0, 0], "the message is not understood");
        check(&[3, 9, 0, 0, 0], "the message is not understood");
        check(&[1, 255, 255, 255, 255], "the frame is too long");
        check(
            &[1, 2, 0, 0, 0, b'{', b'}'],
            "the message is not understood",
        );
        check(&[2, 7, 0, 0, 0, 0], "the message is not understood");
        check(&[2, 8, 1, 0, 0], "the frame is too long");
        check(
            &[1, 9, 0, 0, 0, b'{'],
            "the pipe failed: failed to fill whole buffer",
        );
        check(&[], "the pipe is closed");
    }

    #[test]
    fn a_pin_is_no_order_and_a_long_one_is_none_at_all() {
        let mut pipe = Vec::new();
        write_pin(&mut pipe, 1, b"1234").expect("written");
        assert!(matches!(
            read_order(&mut pipe.as_slice()),
            Err(PipeError::Kind)
        ));
        let long = [b'1'; PIN_MAX + 1];
        assert!(matches!(
            write_pin(&mut Vec::new(), 1, &long),
            Err(PipeError::TooLong)
        ));
    }
}
