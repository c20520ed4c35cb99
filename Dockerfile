# docker build -t custody:0.1.0 .
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
WORKDIR /opt/custody
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY --from=build /build/queries ./queries
COPY --from=build /build/samples/stories ./samples/stories
RUN mkdir -p /var/lib/custody && chown node:node /var/lib/custody
USER node
ENV CUSTODY_STORE=/var/lib/custody/store
VOLUME /var/lib/custody
EXPOSE 8790
# First SIGTERM commits and ends; node runs as process 1 and gets it.
ENTRYPOINT ["node", "/opt/custody/dist/cli/main.js"]
CMD ["--help"]
