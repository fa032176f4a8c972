//! Draws an answer: every letter turned, slanted and sized by itself, the whole waved, with lines across.

use super::Stream;
use super::glyph::strokes;

pub(super) const WIDTH: usize = 240;
pub(super) const HEIGHT: usize = 80;

/// Grey values, row by row, 0 black to 255 white.
pub(super) struct Canvas(pub(super) Vec<u8>);

type Point = (f32, f32);

/// How one picture bends its lines.
struct Wave {
    height: f32,
    length: f32,
    phase: f32,
}

impl Wave {
    fn bend(&self, (x, y): Point) -> Point {
        let along = (x / self.length + self.phase).sin();
        let across = (y / self.length + self.phase * 2.0).cos();
        (x + across * self.height * 0.6, y + along * self.height)
    }
}

pub(super) fn draw(answer: &str, mut stream: Stream) -> Canvas {
    let mut canvas = Canvas(vec![255; WIDTH * HEIGHT]);
    let wave = Wave {
        height: stream.between(2.0, 4.0),
        length: stream.between(16.0, 26.0),
        phase: stream.between(0.0, 6.2),
    };
    for (place, letter) in answer.chars().enumerate() {
        let turned = placed(place, &mut stream);
        for stroke in strokes(letter) {
            let points: Vec<Point> = stroke.iter().map(|point| turned(*point)).collect();
            line(&mut canvas, &points, &wave, 2.1);
        }
    }
    for _ in 0..3 {
        let across = [
            (-5.0, stream.between(12.0, 68.0)),
            (stream.between(80.0, 160.0), stream.between(12.0, 68.0)),
            (245.0, stream.between(12.0, 68.0)),
        ];
        line(&mut canvas, &across, &wave, 0.9);
    }
    speckle(&mut canvas, &mut stream);
    canvas
}

/// Where the points of the letter at `place` go.
#[expect(clippy::cast_precision_loss, reason = "a place is below six")]
fn placed(place: usize, stream: &mut Stream) -> impl Fn(Point) -> Point {
    let centre = 27.0 + place as f32 * 37.0 + stream.between(-2.5, 2.5);
    let middle = 40.0 + stream.between(-6.0, 6.0);
    let (sin, cos) = stream.between(-0.3, 0.3).sin_cos();
    let slant = stream.between(-0.2, 0.2);
    let (wide, high) = (stream.between(5.6, 7.0), stream.between(6.2, 7.6));
    move |(x, y)| {
        let (x, y) = ((x - 2.0) * wide, (y - 3.0) * high);
        let x = x + y * slant;
        (centre + x * cos - y * sin, middle + x * sin + y * cos)
    }
}

/// Draws a line through `points`, cut into short pieces so that the wave bends straight ones too.
fn line(canvas: &mut Canvas, points: &[Point], wave: &Wave, radius: f32) {
    for ends in points.windows(2) {
        let [from, to] = ends else { continue };
        let between = |t: f32| (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t);
        for step in 0_u8..12 {
            let (start, end) = (f32::from(step) / 12.0, f32::from(step + 1) / 12.0);
            piece(
                canvas,
                wave.bend(between(start)),
                wave.bend(between(end)),
                radius,
            );
        }
    }
}

/// One straight piece, smooth at its edge.
fn piece(canvas: &mut Canvas, from: Point, to: Point, radius: f32) {
    let margin = radius + 1.5;
    let columns = pixels(from.0.min(to.0) - margin, from.0.max(to.0) + margin, WIDTH);
    let rows = pixels(from.1.min(to.1) - margin, from.1.max(to.1) + margin, HEIGHT);
    for row in rows {
        for column in columns.clone() {
            darken(canvas, column, row, from, to, radius);
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a picture's sides are below 2^23"
)]
fn darken(canvas: &mut Canvas, column: usize, row: usize, from: Point, to: Point, radius: f32) {
    let away = distance((column as f32 + 0.5, row as f32 + 0.5), from, to);
    let grey = grey((away - radius + 0.5).clamp(0.0, 1.0));
    if let Some(pixel) = canvas.0.get_mut(row * WIDTH + column) {
        *pixel = grey.min(*pixel);
    }
}

/// 0 is ink, 1 is paper.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 48 and 255"
)]
fn grey(lightness: f32) -> u8 {
    (48.0 + 207.0 * lightness) as u8
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never below zero, cut at the side"
)]
fn pixels(low: f32, high: f32, side: usize) -> std::ops::Range<usize> {
    low.max(0.0) as usize..(high.max(0.0) as usize + 1).min(side)
}

fn distance(point: Point, from: Point, to: Point) -> f32 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let square = dx * dx + dy * dy;
    let t = if square > 0.0 {
        (((point.0 - from.0) * dx + (point.1 - from.1) * dy) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (point.0 - from.0 - t * dx).hypot(point.1 - from.1 - t * dy)
}

fn speckle(canvas: &mut Canvas, stream: &mut Stream) {
    for _ in 0..260 {
        let (column, row) = (stream.below(WIDTH), stream.below(HEIGHT));
        if let Some(pixel) = canvas.0.get_mut(row * WIDTH + column) {
            *pixel = pixel.saturating_sub(110);
        }
    }
}
