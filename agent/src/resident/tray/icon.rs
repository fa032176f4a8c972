//! The tray's picture: a disc with a tick, as a seal that was set. Drawn here, so that it is sharp at every size and
//! needs neither file nor font.

use ksni::Icon;

use crate::resident::message::State;

/// Sizes that desktops ask for, in pixels.
const SIZES: [u8; 4] = [16, 22, 32, 48];
/// Points that are looked at in each direction of a pixel, so that edges are smooth.
const FINE: u8 = 4;
/// The tick's corners, and half its width, for a picture of size 1.
const TICK: [(f32, f32); 3] = [(0.29, 0.52), (0.44, 0.67), (0.72, 0.36)];
const STROKE: f32 = 0.055;
/// The radius of the disc, and of the mark in its corner.
const DISC: f32 = 0.47;
const MARK: (f32, f32, f32) = (0.80, 0.80, 0.19);

type Colour = [u8; 3];
const WHITE: Colour = [255, 255, 255];
/// The window's, in the light.
const ACCENT: Colour = [11, 95, 88];
const GREY: Colour = [112, 120, 132];
const AMBER: Colour = [232, 146, 0];

/// The picture of a state in every size.
pub(super) fn of(state: State) -> Vec<Icon> {
    SIZES.map(|size| draw(size, state)).to_vec()
}

fn draw(size: u8, state: State) -> Icon {
    let pixels = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let data = pixels.flat_map(|at| pixel(at, size, state)).collect();
    Icon {
        width: size.into(),
        height: size.into(),
        data,
    }
}

/// Alpha, red, green, blue: the mean of the points that lie in the pixel.
fn pixel((x, y): (u8, u8), size: u8, state: State) -> [u8; 4] {
    let mut sums = [0_u32; 3];
    let mut inside = 0_u32;
    for (i, j) in (0..FINE).flat_map(|i| (0..FINE).map(move |j| (i, j))) {
        let point = |at: u8, fine: u8| {
            (f32::from(at) + (f32::from(fine) + 0.5) / f32::from(FINE)) / f32::from(size)
        };
        if let Some(colour) = colour_at(point(x, i), point(y, j), state) {
            inside += 1;
            for (sum, part) in sums.iter_mut().zip(colour) {
                *sum += u32::from(part);
            }
        }
    }
    let all = u32::from(FINE) * u32::from(FINE);
    let byte = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
    let [red, green, blue] = sums.map(|sum| byte(sum.checked_div(inside).unwrap_or(0)));
    [byte(255 * inside / all), red, green, blue]
}

fn colour_at(x: f32, y: f32, state: State) -> Option<Colour> {
    let (mark_x, mark_y, radius) = MARK;
    let from_mark = (x - mark_x).hypot(y - mark_y);
    if state == State::Waiting && from_mark < radius {
        return Some(AMBER);
    }
    if (x - 0.5).hypot(y - 0.5) > DISC || (state == State::Waiting && from_mark < radius + 0.05) {
        return None;
    }
    let [first, corner, last] = TICK;
    let on_tick = [(first, corner), (corner, last)]
        .into_iter()
        .any(|(from, to)| distance((x, y), from, to) < STROKE);
    Some(match (on_tick, state) {
        (true, _) => WHITE,
        (false, State::NoToken) => GREY,
        (false, State::Ready | State::Waiting) => ACCENT,
    })
}

/// From a point to a line between two others.
fn distance((x, y): (f32, f32), (ax, ay): (f32, f32), (bx, by): (f32, f32)) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
    let along = along.clamp(0.0, 1.0);
    (x - ax - along * dx).hypot(y - ay - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_as_many_bytes_as_it_says() {
        for icon in of(State::Ready) {
            let pixels = usize::try_from(icon.width * icon.height).expect("positive");
            assert_eq!(icon.data.len(), 4 * pixels);
        }
    }

    #[test]
    fn every_state_has_a_picture_of_its_own() {
        let [ready, waiting, none] =
            [State::Ready, State::Waiting, State::NoToken].map(|state| draw(22, state).data);
        assert_ne!(ready, waiting);
        assert_ne!(ready, none);
        assert_ne!(waiting, none);
    }

    #[test]
    fn corners_are_clear_and_the_disc_is_not() {
        let icon = draw(48, State::Ready);
        let at = |x: usize, y: usize| &icon.data[4 * (48 * y + x)..][..4];
        assert_eq!(at(0, 0), [0, 0, 0, 0]);
        assert_eq!(at(24, 4), [255, 11, 95, 88]);
        assert_eq!(at(21, 32)[1..], WHITE);
    }

    #[test]
    fn the_disc_has_the_windows_accent() {
        let tokens = include_str!("../../../../ui/src/style/tokens.css");
        let [red, green, blue] = ACCENT;
        let accent = format!("--accent: #{red:02x}{green:02x}{blue:02x};");
        let light = tokens.split("@media").next().expect("text");
        assert!(light.contains(&accent), "{accent}");
    }
}
