module.exports = {
  apps: [
    {
      name: 'cookcam-api',
      script: './server.js',
      cwd: __dirname,
      exec_mode: 'fork',
      instances: 1,
      kill_timeout: 1500,
      env: { NODE_ENV: 'production', PORT: '3000' },
    },
  ],
};
