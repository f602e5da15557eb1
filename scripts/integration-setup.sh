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
  [strace]=strace
)

missing=()
for package in "${!program[@]}"; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${program[$package]}" >/dev/null || missing+=("$package")
done
# Without the C library's headers a compiler compiles nothing that includes one.
[ -e /usr/include/stdint.h ] || missing+=(libc6-dev)
/usr/bin/python3 -c 'import paho.mqtt.client' 2>/dev/null || missing+=(python3-paho-mqtt)
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
apt-get update -qq
if ! apt-get install -y -qq --no-install-recommends "${missing[@]}"; then
  echo "integration-setup: apt-get could not install $wanted; see its message above." >&2
  exit 1
fi
