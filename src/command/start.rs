//! Starts what was asked for: ports first, so that a port in use is told before a build.

use std::{
    fs,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use tokio::{net::TcpListener, runtime::Runtime, task::JoinSet};

use super::{
    check, explain, instruct,
    options::{Command, Options, Place, Serving},
    settings,
};
use crate::{
    bundle,
    sandbox::{shop, standins},
    server,
};

/// One sentence for a person.
type Trouble = String;

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn sentence(error: impl ToString) -> Trouble {
    error.to_string()
}

pub(super) fn run(options: &Options) -> Result<(), Trouble> {
    let place = &options.place;
    let command = options.command.clone().unwrap_or(Command::Demo);
    if command == Command::Build {
        writable(&place.data)?;
        bundle::build(&place.widget()).map_err(sentence)?;
        println!(
            "The widget {} is in {}",
            bundle::VERSION,
            place.widget().display()
        );
        let integrity = bundle::integrity(&place.widget()).map_err(sentence)?;
        println!(
            "integrity=\"{integrity}\" for /embed/{}/checkout.js",
            bundle::VERSION
        );
        return Ok(());
    }
    if command == Command::Settings {
        let _ = io::stdout().write_all(settings::EXAMPLE.as_bytes());
        return Ok(());
    }
    let runtime = Runtime::new().map_err(|error| format!("can't start threads: {error}"))?;
    let said = match &command {
        Command::Order {
            id,
            done: Some(done),
            outcome,
            ..
        } => runtime.block_on(explain::done(place, id, done, *outcome))?,
        Command::Order { id, json, .. } => runtime.block_on(explain::order(place, id, *json))?,
        Command::Orders {
            older_than, json, ..
        } => runtime.block_on(explain::open(place, *older_than, *json))?,
        Command::Capture { of, part } => {
            let base = instruct::server_of(place, &options.serving)?;
            runtime.block_on(instruct::instruct(&base, "capture", of, Some(part)))?
        }
        Command::Void { of } => {
            let base = instruct::server_of(place, &options.serving)?;
            runtime.block_on(instruct::instruct(&base, "void", of, None))?
        }
        Command::Refund { of, part } => {
            let base = instruct::server_of(place, &options.serving)?;
            runtime.block_on(instruct::instruct(&base, "refund", of, Some(part)))?
        }
        Command::Check => {
            let settings = settings(&command, place, &options.serving)?;
            let (said, wrong) = runtime.block_on(check::check(&settings))?;
            let _ = io::stdout().write_all(said.as_bytes());
            return match wrong {
                0 => Ok(()),
                1 => Err("one thing is wrong, as said above; no money was moved".into()),
                wrong => Err(format!(
                    "{wrong} things are wrong, as said above; no money was moved"
                )),
            };
        }
        command => return runtime.block_on(start(command, place, &options.serving)),
    };
    // Whoever reads may have enough before the end, as `head` does.
    let _ = io::stdout().write_all(said.as_bytes());
    Ok(())
}

async fn start(command: &Command, place: &Place, serving: &Serving) -> Result<(), Trouble> {
    let base = place.port_base;
    let mut running = JoinSet::<Result<(), Trouble>>::new();
    let demo = *command == Command::Demo;
    let proxy = *command == (Command::Sandbox { proxy: true });
    let serves = demo || matches!(command, Command::Serve { .. });
    let settings = serves
        .then(|| settings(command, place, serving))
        .transpose()?;
    let server = match &settings {
        Some(settings) => Some(listen_at(settings.bind, "checkout server").await?),
        None => None,
    };
    let shop = listen(demo || *command == Command::Shop, base + 1, "demo shop").await?;
    let standins = listen(
        demo || matches!(command, Command::Sandbox { .. }),
        base + 2,
        "stand-ins",
    )
    .await?;
    let front = listen(proxy, base, "proxy").await?;
    if let Some(settings) = &settings {
        prepare(place, &settings.assets).await?;
    }
    if let Some(listener) = standins {
        let config = standins::Config::at(place.port_base + 2);
        let front = front.map(|listener| standins::Front {
            listener,
            to: format!("127.0.0.1:{}", base + 3),
        });
        running.spawn(async {
            standins::serve(listener, config, front)
                .await
                .map_err(sentence)
        });
    }
    if let Some(listener) = shop {
        let config = shop::Config::demo(place.port_base);
        running.spawn(async { shop::serve(listener, config).await.map_err(sentence) });
    }
    let listens = settings
        .as_ref()
        .map(|settings| format!("{}, listening on {}", settings.public_url, settings.bind));
    if let (Some(listener), Some(settings)) = (server, settings) {
        running.spawn(async { server::serve(settings, listener).await.map_err(sentence) });
    }
    match listens.filter(|_| place.settings.is_some()) {
        Some(listens) => println!("Checkout server  {listens}"),
        None => tell(command, place.port_base),
    }
    tokio::select! {
        ended = running.join_next() => match ended {
            Some(ended) => ended.map_err(sentence)?,
            None => Ok(()),
        },
        () = stopped() => {
            println!("Stopped.");
            Ok(())
        }
    }
}

/// The settings of the file, or the demo's, with what the options say.
fn settings(
    command: &Command,
    place: &Place,
    serving: &Serving,
) -> Result<server::Settings, Trouble> {
    let behind = *command == (Command::Serve { behind: true });
    let mut settings = match &place.settings {
        Some(_) if *command == Command::Demo => {
            return Err(
                "--settings (FANFARE_SETTINGS) is for `serve`; the demo has its own settings: leave it out"
                    .into(),
            );
        }
        Some(_) if behind => {
            return Err("--behind is for the demo's settings; the file of --settings says where to listen: bind".into());
        }
        Some(_) if serving.stand_ins.is_some() => {
            return Err("--stand-ins is for the demo's settings; the file of --settings says where the systems are: base_url".into());
        }
        Some(file) => settings::load(file, place)?,
        None => demo(place, behind),
    };
    if let Some(url) = &place.database_url {
        settings.database_url = url.clone().into();
    }
    if let Some(url) = &serving.public_url {
        settings.public_url.clone_from(url);
    }
    if let Some(url) = &serving.stand_ins {
        for organisation in &mut settings.organisations {
            if let Some(gateway) = &mut organisation.checkout_com {
                gateway.account.base = format!("{url}/checkout-com");
                gateway.token_url = format!("{url}/checkout-com/tokens");
            }
            if let Some(fox) = &mut organisation.funnelfox {
                fox.base_url = format!("{url}/funnelfox");
            }
        }
    }
    settings.settle_every = serving.settle_every.unwrap_or(settings.settle_every);
    settings.quiet = serving.quiet.unwrap_or(settings.quiet);
    settings.gateway_deadline = serving
        .gateway_deadline
        .unwrap_or(settings.gateway_deadline);
    Ok(settings)
}

fn demo(place: &Place, behind: bool) -> server::Settings {
    let mut settings = server::Settings::demo(place.port_base, &place.data, &place.widget());
    if behind {
        settings.bind.set_port(place.port_base + 3);
    }
    // Everybody pays with the same few test cards: their declines say nothing of anybody.
    settings.limits.card.free = 10_000;
    settings
}

/// A folder to write to, and the widget: nothing is served before both are there.
async fn prepare(place: &Place, assets: &Path) -> Result<(), Trouble> {
    writable(&place.data)?;
    let widget = place.widget();
    if place.assets.is_some() || assets != widget {
        return Ok(());
    }
    tokio::task::spawn_blocking(move || bundle::build(&widget))
        .await
        .map_err(sentence)?
        .map_err(sentence)
}

/// Ctrl-C, or a polite kill.
async fn stopped() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => (),
        () = terminated => (),
    }
}

async fn listen(wanted: bool, port: u16, what: &str) -> Result<Option<TcpListener>, Trouble> {
    if !wanted {
        return Ok(None);
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    listen_at(address, what).await.map(Some)
}

async fn listen_at(address: SocketAddr, what: &str) -> Result<TcpListener, Trouble> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {} for the {what} is in use: stop what listens there, or choose other ports with --port-base (bind in a settings file)",
            address.port()
        ),
        _ => format!("can't listen on {address} for the {what}: {error}"),
    })
}

fn writable(folder: &Path) -> Result<(), Trouble> {
    let trouble = |error: io::Error| {
        format!(
            "can't write to {}: {error}; choose another folder with --data",
            folder.display()
        )
    };
    fs::create_dir_all(folder).map_err(trouble)?;
    let probe = folder.join(".writable");
    fs::write(&probe, "").map_err(trouble)?;
    match fs::remove_file(&probe) {
        // Another server that starts in this folder at the same time has done it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(trouble),
    }
}

fn tell(command: &Command, base: u16) {
    let (shop, standins) = (base + 1, base + 2);
    match command {
        Command::Serve { behind: false } => println!("Checkout server  http://localhost:{base}"),
        Command::Serve { behind: true } => println!(
            "Checkout server  http://localhost:{base}, behind a proxy: it listens on {}",
            base + 3
        ),
        Command::Shop => println!("Demo shop  http://127.0.0.1:{shop}"),
        Command::Sandbox { proxy: false } => println!("Stand-ins  http://127.0.0.1:{standins}"),
        Command::Sandbox { proxy: true } => println!(
            "Stand-ins  http://127.0.0.1:{standins}, and a proxy at {base} in front of {}",
            base + 3
        ),
        _ => println!(
            "
  Demo shop         http://127.0.0.1:{shop}      <- open this and pay
  Checkout server   http://localhost:{base}
  Stand-ins         http://127.0.0.1:{standins}/control
  Bank              http://bank.localhost:{standins}

  Cards (any future date; American Express has a 4-digit code)
    4242 4242 4242 4242   100    approved
    3782 822463 10005     1000   approved, American Express
    4544 2491 6767 3670   100    declined: not enough money
    4000 0000 0000 3220   100    the bank asks first; its password is Checkout1!

  No money moves: everything here is a stand-in. Stop with Ctrl-C.
"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::writable;

    #[test]
    fn f73_servers_that_start_in_one_folder_at_the_same_time_do_not_trip_each_other() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..500).for_each(|_| writable(folder.path()).unwrap()));
            }
        });
    }
}
