#!/usr/bin/env bash
# Installs the Debian packages that `npm run test:integration` needs. Does nothing when all are there.
#   chromium           pages of the console in a real browser
#   mosquitto          the broker to compare with
#   mosquitto-clients  mosquitto_pub and mosquitto_sub as foreign devices
#   influxdb           InfluxDB 1.6.7, a store to write to
#   docker-compose     reads docker-compose.yml; no container is started
#   gcc, libc6-dev     compile the generated C header
#   openssl            a certificate of its own for the TLS tests
#   python3-paho-mqtt  Python's MQTT client as a foreign device
#   request-tracker5   Request Tracker 5 with rt5-db-sqlite and rt5-standalone, a help desk to open tickets in
#   redmine            a help desk to connect to, with redmine-sqlite and puma (its database and web server)
#   strace             shows the fdatasync between the journal write and the PUBACK
set -euo pipefail

declare -A program=(
  [chromium]=chromium
  [mosquitto]=mosquitto
  [mosquitto-clients]=mosquitto_pub
  [influxdb]=influxd
  [docker-compose]=docker-compose
  [gcc]=cc
  [openssl]=openssl
  [puma]=puma
  [strace]=strace
)

missing=()
for package in "${!program[@]}"; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${program[$package]}" >/dev/null || missing+=("$package")
done
for package in redmine redmine-sqlite; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
# Without the C library's headers a compiler compiles nothing that includes one.
[ -e /usr/include/stdint.h ] || missing+=(libc6-dev)
/usr/bin/python3 -c 'import paho.mqtt.client' 2>/dev/null || missing+=(python3-paho-mqtt)
# A help desk sends mail and draws in many scripts; tests need neither a mail server nor 20 MB of fonts.
stand_in_for=()
for package in request-tracker5 rt5-db-sqlite rt5-standalone; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] && continue
  missing+=("$package")
  stand_in_for=(mail-transport-agent fonts-noto-hinted fonts-droid-fallback perl-doc)
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "integration-setup: everything is installed"
  exit 0
fi

wanted="${missing[*]}"
if ! command -v apt-get >/dev/null; then
  echo "integration-setup: missing: $wanted. This system has no apt-get; install these programs yourself." >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "integration-setup: missing: $wanted. Run as root: apt-get install -y --no-install-recommends $wanted" >&2
  exit 1
fi

echo "integration-setup: installing $wanted"
export DEBIAN_FRONTEND=noninteractive
# A service that starts by itself would take a port that tests and users expect to be free.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
# Redmine would ask for a database; the tests make their own. The newer bundler that the security update
# of ruby brings does not find Debian's gems, Debian's own bundler does.
if command -v debconf-set-selections >/dev/null; then
  debconf-set-selections <<<'redmine redmine/instances/default/dbconfig-install boolean false'
fi
export BUNDLER_VERSION=2.3.15
if [ "${#stand_in_for[@]}" -ne 0 ] && ! dpkg -s voorzorg-test-stand-in >/dev/null 2>&1; then
  folder=$(mktemp -d)
  mkdir -p "$folder/package/DEBIAN"
  cat >"$folder/package/DEBIAN/control" <<EOF
Package: voorzorg-test-stand-in
Version: 1.0
Architecture: all
Maintainer: nobody <root@localhost>
Provides: $(IFS=,; echo "${stand_in_for[*]}")
Description: empty; stands in for what help desks need only for mail, fonts and manuals
EOF
  dpkg-deb --build --root-owner-group "$folder/package" "$folder/stand-in.deb" >/dev/null
  dpkg -i "$folder/stand-in.deb" >/dev/null
  rm -rf "$folder"
fi
# No database is set up by the package; each test run makes its own.
echo 'request-tracker5 request-tracker5/dbconfig-install boolean false' | debconf-set-selections
apt-get update -qq -o DPkg::Lock::Timeout=300
if ! apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"; then
  echo "integration-setup: apt-get could not install $wanted; see its message above." >&2
  exit 1
fi
