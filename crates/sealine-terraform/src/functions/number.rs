//! Functions of numbers.
//!
//! Invariant: what is no number gives nothing.

use super::Arguments;
use crate::data::{Data, Kind, position};

/// Calls a function of numbers; nothing when it is another function or not known.
pub(super) fn call(name: &str, arguments: &Arguments) -> Option<Data> {
    let all = || -> Option<Vec<f64>> {
        let numbers = arguments.values.iter().map(Data::as_number);
        if arguments.open { None } else { numbers.collect() }
    };
    let number = match name {
        "abs" => arguments.number(0)?.abs(),
        "ceil" => arguments.number(0)?.ceil(),
        "floor" => arguments.number(0)?.floor(),
        "signum" => arguments.number(0).map(|it| if it == 0.0 { 0.0 } else { it.signum() })?,
        "pow" => arguments.number(0)?.powf(arguments.number(1)?),
        "log" => arguments.number(0)?.log(arguments.number(1)?),
        "max" => all()?.into_iter().reduce(f64::max)?,
        "min" => all()?.into_iter().reduce(f64::min)?,
        "parseint" => {
            let radix = arguments.number(1).filter(|radix| (2.0..=36.0).contains(radix))?;
            let radix = u32::try_from(position(radix)).ok()?;
            let number = i32::from_str_radix(&arguments.known(0)?, radix).ok()?;
            f64::from(number)
        }
        _ => return None,
    };
    number.is_finite().then(|| Data::new(Kind::Number(number)))
}
