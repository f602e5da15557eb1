# The gateway, and the simulator for trials. Node comes with the image, so npm's own copy is left out.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY firmware-contracts/package.json firmware-contracts/
COPY gateway/package.json gateway/
COPY device-sim/package.json device-sim/
COPY dashboards/package.json dashboards/
COPY bench/package.json bench/
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY firmware-contracts firmware-contracts
COPY gateway/package.json gateway/
COPY gateway/src gateway/src
COPY gateway/rules gateway/rules
COPY device-sim/package.json device-sim/
COPY device-sim/src device-sim/src
# The one place that is written to; a named volume takes over its owner.
RUN install -d -o node -g node -m 0700 /data
ENV VOORZORG_DATA_DIR=/data
VOLUME /data
USER node
EXPOSE 8883 8443
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "gateway/src/health-check.ts"]
CMD ["node", "gateway/src/main.ts"]
